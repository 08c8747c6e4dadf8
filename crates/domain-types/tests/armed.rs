//! One bug is armed per process; therefore this test has a process of its own.

use domain_types::{SEEDED_BUGS, SEEDED_BUGS_BUILT_IN, arm_seeded_bug, seeded_bug};

#[test]
fn one_bug_is_armed_and_no_other_and_none_that_is_not_listed() {
    assert!(SEEDED_BUGS_BUILT_IN);
    let [first, second, ..] = SEEDED_BUGS else {
        panic!("too few bugs to tell one from another");
    };
    assert!(arm_seeded_bug("no-such-bug").is_err());
    assert!(!seeded_bug(first.name));

    assert_eq!(arm_seeded_bug(first.name), Ok(()));
    assert_eq!(arm_seeded_bug(first.name), Ok(()));
    assert!(arm_seeded_bug(second.name).is_err());
    assert!(seeded_bug(first.name));
    assert!(!seeded_bug(second.name));
}

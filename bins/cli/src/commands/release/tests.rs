//! Small judgements of these commands.

use super::state_file::holds;

#[test]
fn a_lock_is_found_by_its_inode_in_the_kernels_list() {
    let locks =
        "1: FLOCK  ADVISORY  WRITE 4711 08:01:123456 0 EOF\n2: -> POSIX  ADVISORY  READ 7 00:1f:99 0 EOF\n";
    for (inode, held) in [(123_456, true), (99, true), (23_456, false), (1, false)] {
        assert_eq!(holds(locks, inode), held, "{inode}");
    }
    assert!(!holds("", 1));
}

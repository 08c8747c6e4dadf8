//! A machine whose clock was a year ahead while a release waited for a retry, and has been set right since.

use crate::released::released;
use crate::state_file::ask;
use house_tests::{Component, Governance, Organisation, Stop, until};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Puts the time of day a year ahead for the program that loads it, and leaves the other clocks alone.
const AHEAD: &str = r"
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    long answer = syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += 365L * 24 * 3600;
    return (int)answer;
}
";

fn flaking() -> Organisation {
    let script = "[ -e ../../../../mended ] || { echo 'curl: (6) Could not resolve host: example.invalid'; exit 1; }\n\
        echo tool > tool";
    let organisation = Organisation::of(&[Component::new("tool").building(script).with_binary("tool")]);
    let configuration = fs::read_to_string(organisation.configuration()).unwrap();
    let patient = "[release]\nattempts_max = 9\nretry_budget = 9\n";
    organisation.write_configuration(&configuration.replace("[release]\n", patient));
    organisation
}

fn shim(organisation: &Organisation) -> PathBuf {
    let (source, library) = (
        organisation.folder().join("ahead.c"),
        organisation.folder().join("ahead.so"),
    );
    fs::write(&source, AHEAD).unwrap();
    let mut compiler = Command::new("cc");
    compiler
        .args(["-shared", "-fPIC", "-D_GNU_SOURCE", "-o"])
        .args([&library, &source]);
    assert!(compiler.status().unwrap().success());
    library
}

/// Killed while it waits for a retry that the clock of then put a year from now.
#[track_caller]
fn killed_a_year_ahead(organisation: &Organisation) -> Governance {
    let release = organisation.release("0.1.0");
    let mut running = release.clone().env("LD_PRELOAD", shim(organisation)).start();
    // The third wait takes four seconds.
    for _ in 0..3 {
        assert!(running.hears("tries again at").is_some());
    }
    running.stop(Stop::Kill);
    assert_eq!(running.ends().code, None);
    let far = "SELECT COUNT(*) FROM timer WHERE due_at / 1000 > unixepoch() + 300 * 24 * 3600";
    assert_eq!(ask(&organisation.state(), &[far]), Some(1));
    release
}

#[test]
fn a_retry_from_a_clock_that_was_ahead_does_not_wait_for_a_year() {
    let organisation = flaking();
    let release = killed_a_year_ahead(&organisation);
    fs::write(organisation.folder().join("mended"), "").unwrap();
    let running = std::cell::RefCell::new(release.start());
    until("the release ends", || running.borrow_mut().has_ended());
    running.into_inner().ends().ends_with(0);
    assert_eq!(released(&organisation.out(), "tool", "0.1.0"), "tool\n");
    let verify = Governance::new()
        .args(["artifacts", "verify"])
        .args([organisation.out()]);
    verify.run().ends_with(0);
    organisation
        .order("show", "0.1.0")
        .run()
        .ends_with(0)
        .says(&["published"]);
    release.run().ends_with(0).says(&["verified again"]);
}

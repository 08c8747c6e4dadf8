//! Work on many files at once, a thread per core: a digest is bound by the core that reckons it.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Threads at most: an archive that is meant to hurt costs tens of megabytes while it is read.
const THREADS_MAX: usize = 4;

/// Does each of so many jobs once. Whoever is free takes the next one. Where the system gives no more threads, those that there are
/// do it.
pub(crate) fn each(jobs: usize, work: &(dyn Fn(usize) + Sync)) {
    let threads = threads().min(jobs);
    let next = AtomicUsize::new(0);
    let share = || {
        loop {
            let job = next.fetch_add(1, Ordering::Relaxed);
            if job >= jobs {
                return;
            }
            work(job);
        }
    };
    // A panic there is one here, when all have ended.
    thread::scope(|scope| {
        for _ in 1..threads {
            if thread::Builder::new().spawn_scoped(scope, share).is_err() {
                break;
            }
        }
        share();
    });
}

fn threads() -> usize {
    thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(THREADS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Barrier, Mutex};

    #[test]
    fn every_job_is_done_once() {
        for count in [0, 1, 2, 3, 100] {
            let done = Mutex::new(Vec::new());
            each(count, &|job| done.lock().unwrap().push(job));
            let mut done = done.into_inner().unwrap();
            done.sort_unstable();
            assert_eq!(done, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn as_many_are_done_at_once_as_there_are_threads() {
        let together = Barrier::new(threads());
        // Nobody passes before all are there.
        each(threads(), &|_| _ = together.wait());
    }

    #[test]
    fn a_job_that_panics_is_not_lost() {
        let outcome = std::panic::catch_unwind(|| each(3, &|job| assert_ne!(job, 2)));
        assert!(outcome.is_err());
    }
}

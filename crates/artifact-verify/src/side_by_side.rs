//! Work on many files, by as many hands as whoever holds the files has.

use crate::ReleaseFiles;
use std::sync::{Mutex, PoisonError};

/// Does all jobs and gives what came of them in the order of the jobs. Whoever is free takes the next one, so that the longest
/// should come first. What nobody did is done here.
pub(crate) fn side_by_side<J: Sync, R: Send>(
    files: &dyn ReleaseFiles,
    jobs: &[J],
    work: impl Fn(&J) -> R + Sync,
) -> Vec<R> {
    let done: Vec<Mutex<Option<R>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    files.each(jobs.len(), &|index| {
        if let (Some(job), Some(done)) = (jobs.get(index), done.get(index)) {
            let result = work(job);
            *done.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        }
    });
    let result = |(done, job): (Mutex<Option<R>>, &J)| {
        let result = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        result.unwrap_or_else(|| work(job))
    };
    done.into_iter().zip(jobs).map(result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, MemoryFiles, OpenedFile};
    use domain_types::AssetName;
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// How jobs are done.
    type Manner = fn(usize, &(dyn Fn(usize) + Sync));

    struct Hands(Manner);

    impl ReleaseFiles for Hands {
        fn names(&self) -> Result<BTreeSet<AssetName>, Error> {
            Ok(BTreeSet::new())
        }
        fn open(&self, name: &AssetName) -> Result<OpenedFile<'_>, Error> {
            Err(Error::FileMissing(name.clone()))
        }
        fn each(&self, jobs: usize, work: &(dyn Fn(usize) + Sync)) {
            (self.0)(jobs, work);
        }
    }

    #[test]
    fn one_hand_does_each_job_once() {
        let done = Mutex::new(Vec::new());
        MemoryFiles::default().each(3, &|job| done.lock().unwrap().push(job));
        assert_eq!(done.into_inner().unwrap(), [0, 1, 2]);
    }

    #[test]
    fn results_are_in_their_places_however_the_work_was_done() {
        let manners: [Manner; 4] = [
            |jobs, work| (0..jobs).for_each(work),
            |jobs, work| (0..jobs).rev().for_each(work),
            |jobs, work| (0..jobs).step_by(2).for_each(work),
            |_, work| work(1_000),
        ];
        for manner in manners {
            for count in [0, 1, 2, 7] {
                let jobs: Vec<usize> = (0..count).collect();
                let calls = AtomicUsize::new(0);
                let squares = side_by_side(&Hands(manner), &jobs, |job| {
                    calls.fetch_add(1, Ordering::Relaxed);
                    job * job
                });
                assert_eq!(squares, jobs.iter().map(|job| job * job).collect::<Vec<_>>());
                assert_eq!(calls.into_inner(), count);
            }
        }
    }
}

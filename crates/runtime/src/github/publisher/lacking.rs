//! What follows from a comparison once a draft should be whole. GitHub's lists lag, so a file that is not listed may be there all the
//! same; one that is not listed for longer than a list lags is not there, and is not waited for.

use super::assets::{Difference, LocalFile, compare};
use super::{GithubPublisher, Subject};
use crate::github::said::{public, refused};
use crate::ports::Unfinished;
use domain_types::ReleaseId;
use github_client::Release;
use orchestrator::Failure;
use std::collections::BTreeMap;

impl GithubPublisher {
    /// A draft about to be published, or what is public, has exactly these files.
    pub(super) fn is_whole(
        &self,
        subject: &Subject,
        found: &Release,
        files: &BTreeMap<String, LocalFile>,
    ) -> Result<(), Unfinished> {
        match compare(&found.assets, files) {
            Ok(()) => {
                self.lacks_nothing(&subject.release);
                Ok(())
            }
            Err(Difference::Lacks(what)) => Err(self.lacks(subject, found, &what)),
            Err(Difference::Other(what)) => Err(altered(found, &what).into()),
        }
    }

    /// A file is not listed: in doubt for as long as a list may lag since that was first seen, after that a failure.
    pub(super) fn lacks(&self, subject: &Subject, found: &Release, what: &str) -> Unfinished {
        match self.lacking.may_lag(&subject.release, self.workshop.clock.now()) {
            true => Unfinished::Unknown {
                reason: what.to_owned(),
            },
            false => missing(found, what).into(),
        }
    }

    /// Whatever was not listed is there now, or was given up.
    pub(super) fn lacks_nothing(&self, release: &ReleaseId) {
        self.lacking.found(release);
    }
}

fn missing(found: &Release, what: &str) -> Failure {
    let (tag, at) = (&found.tag_name, &found.html_url);
    match found.draft {
        true => refused(format!(
            "the draft of {tag} lacks a file: {what}; look who may write to {at}; retry uploads it anew"
        )),
        false => public(format!(
            "{tag} is public and lacks a file: {what}; look who may write to {at}; delete that release and retry, which publishes it \
             anew, or withdraw it and release another version"
        )),
    }
}

fn altered(found: &Release, what: &str) -> Failure {
    match found.draft {
        true => refused(what),
        false => public(format!(
            "{} is public, and its files are not those that were verified: {what}; warn whoever uses it, withdraw it, and look who may \
             write to {}",
            found.tag_name, found.html_url
        )),
    }
}

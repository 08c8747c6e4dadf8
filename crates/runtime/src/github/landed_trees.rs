//! What landed on GitHub, compared by git in mirrors on this machine.

use crate::error::sentence;
use crate::gate::{Landed, LandedTrees, LandingAsked};
use async_trait::async_trait;
use domain_types::CommitSha;
use git_mirror::{Compared, Landing, Mirrors, Remote, Token};
use github_client::{Activity, GitHub, GitHubError, Repository};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Heads that a branch had before it moved to a commit which are looked at: somebody who moves it there more often than that hides something.
const FORMERS_MAX: usize = 10;

/// Seconds between the time of a merge and that of the move of its branch, which GitHub tells by two clocks.
const CLOCKS_APART_SECONDS_MAX: u64 = 300;

/// Mirrors of GitHub's repositories, read with tokens of the gate's App that can do nothing but that.
pub struct GithubLandedTrees {
    github: GitHub,
    mirrors: Arc<Mirrors>,
}

/// Why nobody can tell.
enum Untold {
    /// GitHub did not say what was asked.
    GitHub(GitHubError),
    /// What it said is not enough; it may be later, or not.
    Lacking { because: String, is_lasting: bool },
    /// Git could not compare.
    Git(git_mirror::Error),
}

impl From<GitHubError> for Untold {
    fn from(error: GitHubError) -> Self {
        Self::GitHub(error)
    }
}

impl From<git_mirror::Error> for Untold {
    fn from(error: git_mirror::Error) -> Self {
        Self::Git(error)
    }
}

impl From<Untold> for Landed {
    fn from(untold: Untold) -> Self {
        let (because, is_lasting) = match untold {
            Untold::GitHub(error) => (sentence(&error), !error.is_retryable()),
            Untold::Lacking { because, is_lasting } => (because, is_lasting),
            Untold::Git(error) => (sentence(&error), !error.is_retryable()),
        };
        Self::Unknown { because, is_lasting }
    }
}

impl GithubLandedTrees {
    /// These mirrors, of the repositories that this App reaches.
    pub fn new(github: GitHub, mirrors: Arc<Mirrors>) -> Self {
        Self { github, mirrors }
    }

    async fn compared(&self, asked: &LandingAsked) -> Result<Compared, Untold> {
        let (owner, name) = asked
            .repository
            .split_once('/')
            .unwrap_or((&asked.repository, ""));
        let repository = self.github.repository(owner, name)?;
        let landing = Landing {
            commit: asked.commit.clone(),
            head: asked.head.clone(),
            formers: formers(&repository, asked).await?,
        };
        // Its number stays when it is renamed, and is never given to another.
        let mirror = asked.id.repository_id().to_string();
        // The token is made when git is let in, and lies about for no comparison before this one.
        let remote = async {
            let reading = repository.git_reading().await?;
            Ok::<_, Untold>(Remote {
                url: reading.url,
                token: Some(Token::new(reading.token)),
            })
        };
        self.mirrors.compare(&mirror, &landing, remote).await
    }
}

/// What the branch was before it moved to what landed, as GitHub tells of its changes. It is in none of the objects, and whoever may push can
/// move a branch back.
async fn formers(repository: &Repository, asked: &LandingAsked) -> Result<Vec<CommitSha>, Untold> {
    let Some(since) = asked.moved_since else {
        return Ok(Vec::new());
    };
    let reference = format!("refs/heads/{}", asked.base);
    formers_of(&repository.activity(&reference, since).await?, asked)
}

fn formers_of(activity: &[Activity], asked: &LandingAsked) -> Result<Vec<CommitSha>, Untold> {
    let (base, commit) = (&asked.base, &asked.commit);
    let last = asked.merged_at.plus_seconds(CLOCKS_APART_SECONDS_MAX);
    let lacking = |because: String, is_lasting: bool| Err(Untold::Lacking { because, is_lasting });
    let moves = activity
        .iter()
        .filter(|moved| moved.after.as_ref() == Some(commit) && moved.at <= last);
    let formers: BTreeSet<&CommitSha> = moves.filter_map(|moved| moved.before.as_ref()).collect();
    if formers.len() > FORMERS_MAX {
        let because = format!("{base} was moved to {commit} from more than {FORMERS_MAX} others");
        return lacking(because, true);
    }
    // Any other commit says by its parents what was there before it. The list may be behind.
    if formers.is_empty() && asked.commit == asked.head {
        return lacking(
            format!("GitHub does not say what {base} was before {commit}"),
            false,
        );
    }
    Ok(formers.into_iter().cloned().collect())
}

#[async_trait]
impl LandedTrees for GithubLandedTrees {
    async fn compare(&self, asked: &LandingAsked) -> Landed {
        match self.compared(asked).await {
            Ok(Compared::Same(_)) => Landed::Same,
            Ok(Compared::Different(deviation)) => Landed::Different {
                because: deviation.to_string(),
            },
            Err(untold) => untold.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_types::{PullRequestId, Timestamp};
    use github_client::ActivityKind;

    fn sha(index: usize) -> CommitSha {
        format!("{index:040x}").parse().unwrap()
    }

    fn moved((before, after): (Option<usize>, usize)) -> Activity {
        Activity {
            id: 1,
            reference: "refs/heads/main".to_owned(),
            before: before.map(sha),
            after: Some(sha(after)),
            at: Timestamp::EPOCH,
            kind: ActivityKind::Push,
            actor: None,
        }
    }

    fn asked((commit, head): (usize, usize)) -> LandingAsked {
        LandingAsked {
            id: PullRequestId::new(1, 2).unwrap(),
            repository: "acme/node".to_owned(),
            base: "main".to_owned(),
            commit: sha(commit),
            head: sha(head),
            merged_at: Timestamp::from_seconds(1_000),
            moved_since: Some(Timestamp::EPOCH),
        }
    }

    fn told(of: (usize, usize), moves: &[(Option<usize>, usize)]) -> Result<Vec<CommitSha>, Landed> {
        let activity: Vec<Activity> = moves.iter().copied().map(moved).collect();
        formers_of(&activity, &asked(of)).map_err(Landed::from)
    }

    #[test]
    fn what_the_branch_did_after_the_merge_is_no_matter_of_it() {
        let at = |seconds| Activity {
            at: Timestamp::from_seconds(seconds),
            ..moved((Some(3), 9))
        };
        let formers = |seconds| formers_of(&[at(seconds)], &asked((9, 8))).map_err(Landed::from);
        assert_eq!(formers(1_300), Ok(vec![sha(3)]));
        assert_eq!(formers(1_301), Ok(Vec::new()));
    }

    #[test]
    fn what_the_branch_was_before_each_move_to_the_commit_is_told() {
        let moves = [
            (Some(5), 9),
            (Some(9), 5),
            (Some(4), 9),
            (Some(4), 9),
            (Some(3), 4),
        ];
        assert_eq!(told((9, 8), &moves), Ok(vec![sha(4), sha(5)]));
        assert_eq!(told((9, 9), &moves), Ok(vec![sha(4), sha(5)]));
        // One of a group that was merged at once.
        assert_eq!(told((6, 8), &moves), Ok(Vec::new()));
    }

    #[test]
    fn a_head_that_came_in_by_itself_from_nobody_knows_where_is_not_the_same() {
        for moves in [&[][..], &[(Some(3), 4)], &[(None, 9)]] {
            let Err(Landed::Unknown { because, is_lasting }) = told((9, 9), moves) else {
                panic!("{moves:?}");
            };
            assert!(
                because.starts_with("GitHub does not say what main was before"),
                "{because}"
            );
            assert!(!is_lasting);
        }
        let many: Vec<_> = (0..=FORMERS_MAX).map(|index| (Some(index), 99)).collect();
        let Err(Landed::Unknown { is_lasting, .. }) = told((99, 98), &many) else {
            panic!("too many");
        };
        assert!(is_lasting);
    }
}

//! The statement that every maintainer signs: the same bytes for all, derived from what is judged and from nothing else.

use super::remedy::{Giver, Remedy, Turns, Typed, Who};
use super::{Outcome, Ruling};
use crate::{CompoundThreshold, Requirement, Subject, Threshold, TierId};
use domain_types::Invalid;
use signatures::{BaseRef, Forge, PullRequestApproval, RepositoryName, Required, Tiers};

/// What is signed to approve a change at these commits that needs so much.
///
/// # Errors
///
/// A part that cannot stand in a statement, such as a branch whose name has letters beyond ASCII.
pub fn statement(
    subject: &Subject,
    tiers: &[TierId],
    needed: &Requirement,
) -> Result<PullRequestApproval, Invalid> {
    let forge: Forge = subject.forge.parse()?;
    let repository: RepositoryName = format!("{}/{}", subject.owner, subject.repository).parse()?;
    let base_ref: BaseRef = subject.base_ref.parse()?;
    let required = CompoundThreshold {
        maintainers: Threshold {
            required: needed.required,
            total: needed.total,
        },
        keyholders: needed.keyholders,
    };
    Ok(PullRequestApproval {
        forge,
        repository_id: subject.repository_id,
        repository,
        pull_request: subject.number,
        base_ref,
        head_sha: subject.head_sha.clone(),
        head_tree: subject.head_tree.clone(),
        tier: Tiers::new(tiers.iter().cloned().collect())?,
        required: Required::new(required)?,
        review_days: needed.review_days,
    })
}

/// What is said where nothing can be signed.
pub(super) fn cannot_be_stated(why: &Invalid, subject: &Subject) -> Ruling {
    let branches = format!(
        "https://{}/{}/{}/branches",
        subject.forge, subject.owner, subject.repository
    );
    let remedy = Remedy::new(
        "names that can be written in a statement",
        Who::one(Giver::Administrators).and(Giver::OtherRules),
        Typed::one(branches).or("governance policy check DIR"),
        Turns::OnceGiven,
    );
    Ruling::unmet("statement", Outcome::Error, why.to_string(), remedy)
}

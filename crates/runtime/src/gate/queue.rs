//! Groups of a merge queue: the commit that the queue would merge has the gate's status too. It is green if it merges heads as they were
//! signed, one after the other, and nothing else, and every pull request with one of these heads is green (B11). That it was made by a queue
//! is believed of nobody: what it brings is held, file by file, against what was signed.
//!
//! A group is judged in the look at its last pull request, so its status has one writer. Whoever becomes another colour wakes the owners of
//! all groups of its base.

use super::book::Ordered;
use super::ending::end;
use super::found::{Found, ShownStatus};
use super::judge::{Judged, Question, Twin};
use super::order::{Order, StatusOrder, context};
use super::showing::{LAG_SECONDS_MAX, STATUSES_MAX, earlier, full_name, one_line, page};
use domain_types::{CommitSha, PullRequestId};

/// Seconds until a group is looked at again that nobody can be sure of yet.
const UNSURE_SECONDS: u64 = 30;

/// Seconds between two looks at what is green: whether it went into a queue, should no webhook have told.
pub(super) const GREEN_SECONDS: u64 = 300;

/// Groups of one pull request that are judged. It has one at a time; whoever may push branches could make others.
const GROUPS_MAX: usize = 20;

/// A group as it was found.
#[derive(Debug, Clone)]
pub struct FoundGroup {
    /// Its last pull request.
    pub of: PullRequestId,
    /// The commit that would be merged.
    pub head: CommitSha,
    /// What it brings.
    pub shape: GroupShape,
    /// The newest status that we set on that commit under the gate's context.
    pub status: Option<ShownStatus>,
    /// How many statuses that commit has under the gate's context.
    pub statuses: u32,
}

impl FoundGroup {
    /// The group of another pull request, which is not looked at.
    pub fn of_another(of: PullRequestId, head: CommitSha) -> Self {
        Self {
            of,
            head,
            shape: GroupShape::Unsure("it was not looked at".to_owned()),
            status: None,
            statuses: 0,
        }
    }
}

/// What a group brings.
#[derive(Debug, Clone)]
pub enum GroupShape {
    /// These heads, merged one after the other onto the base, and nothing else.
    Whole(Vec<Member>),
    /// The base has this commit: it was merged.
    Merged,
    /// Nobody can tell yet.
    Unsure(String),
    /// Something else than heads as they were signed.
    Wrong(String),
}

/// A head in a group.
#[derive(Debug, Clone)]
pub struct Member {
    /// The head.
    pub head: CommitSha,
    /// The open pull requests that have it, and the group's base.
    pub pulls: Vec<PullRequestId>,
}

/// The other pull requests whose colour a group rests on.
pub(super) fn others(found: &Found, own: PullRequestId) -> impl Iterator<Item = (PullRequestId, CommitSha)> {
    let groups = found.groups.iter().filter(move |group| group.of == own);
    let members = groups.flat_map(|group| match &group.shape {
        GroupShape::Whole(members) => members.as_slice(),
        GroupShape::Merged | GroupShape::Unsure(_) | GroupShape::Wrong(_) => &[],
    });
    let pulls = members.flat_map(|member| member.pulls.iter().map(|id| (*id, member.head.clone())));
    pulls
        .filter(move |(id, _)| *id != own)
        .collect::<Vec<_>>()
        .into_iter()
}

/// Orders what the own groups show, and ends those that are no more.
pub(super) fn show_groups(question: &Question<'_>, own: &ShownStatus, judged: &mut Judged) {
    let found = question.found;
    if own.is_green() {
        judged.due = earlier(judged.due, found.observed_at.plus_seconds(GREEN_SECONDS));
    }
    let is_there = |head: &CommitSha| {
        found
            .groups
            .iter()
            .any(|group| group.of == question.id && group.head == *head)
    };
    end_groups(question, judged, is_there);
    let own_groups = found.groups.iter().filter(|group| group.of == question.id);
    for group in own_groups.take(GROUPS_MAX) {
        let status = status_of(question, own, group);
        if status.as_ref().is_none_or(|status| status.state == "pending") {
            let again = found.observed_at.plus_seconds(UNSURE_SECONDS);
            judged.due = earlier(judged.due, again);
        }
        let Some(status) = status else { continue };
        let status = if_any_is_left(group, status);
        show_group(question, (group, status), judged);
        // Whoever else is in it may have changed colour while no list showed the group yet: nobody woke us then.
        let ordered = judged.book.groups.get(&group.head);
        let is_new =
            ordered.is_some_and(|ordered| found.observed_at < ordered.at.plus_seconds(LAG_SECONDS_MAX));
        if is_new {
            let again = found.observed_at.plus_seconds(UNSURE_SECONDS);
            judged.due = earlier(judged.due, again);
        }
    }
}

/// The owners of other groups: they look whether this one is still in what they bring.
pub(super) fn owners(question: &Question<'_>) -> impl Iterator<Item = PullRequestId> {
    let own = question.id;
    let owners = question.found.groups.iter().map(|group| group.of);
    owners.filter(move |of| *of != own)
}

/// Takes the green away from commits that are to be merged no more, those aside that are kept: whoever may push could push them.
pub(super) fn end_groups(question: &Question<'_>, judged: &mut Judged, is_kept: impl Fn(&CommitSha) -> bool) {
    let gone: Vec<CommitSha> = judged
        .book
        .groups
        .keys()
        .filter(|head| !is_kept(head))
        .cloned()
        .collect();
    for head in gone {
        let Some(last) = judged.book.groups.remove(&head) else {
            continue;
        };
        if let Some(order) = end(&last, question) {
            judged.orders.push(Order::GroupEnd(StatusOrder {
                target_url: page(question.settings, question.id),
                ..order
            }));
        }
    }
}

fn show_group(question: &Question<'_>, (group, status): (&FoundGroup, ShownStatus), judged: &mut Judged) {
    let now = question.found.observed_at;
    let mode = question.settings.mode_of(question.found.name.as_str());
    let context = context(mode, &question.found.base);
    let last = judged.book.groups.get(&group.head);
    let was_green = last.is_some_and(Ordered::may_be_green);
    let last = last.filter(|last| last.is(&group.head, &context, &status));
    let is_shown = group.status.as_ref() == Some(&status);
    // The list may be behind what was written.
    let until = last.map(|last| last.at.plus_seconds(LAG_SECONDS_MAX));
    if let Some(until) = until.filter(|until| is_shown || now < *until) {
        if now < until {
            judged.due = earlier(judged.due, until);
        }
        return;
    }
    let ordered = Ordered {
        head: group.head.clone(),
        context,
        base: question.found.base.clone(),
        was_green: was_green || status.is_green(),
        status: status.clone(),
        at: now,
    };
    judged.book.groups.insert(group.head.clone(), ordered);
    judged.due = earlier(judged.due, now.plus_seconds(LAG_SECONDS_MAX));
    judged
        .orders
        .push(Order::Group(order(question, &group.head, status)));
}

fn order(question: &Question<'_>, head: &CommitSha, status: ShownStatus) -> StatusOrder {
    StatusOrder {
        repository: full_name(question.found),
        head: head.clone(),
        base: question.found.base.clone(),
        mode: question.settings.mode_of(question.found.name.as_str()),
        status,
        target_url: page(question.settings, question.id),
    }
}

/// A green that could not be taken back any more is never shown.
fn if_any_is_left(group: &FoundGroup, status: ShownStatus) -> ShownStatus {
    match group.statuses < STATUSES_MAX {
        true => status,
        false => said(
            "error",
            "GitHub takes few more statuses for this commit: take the pull request out of the queue",
        ),
    }
}

/// What a group shows; none where it is as well that nothing is said: it was merged, or one of its pull requests was closed just now, so that
/// it is about to be or has left the queue.
fn status_of(question: &Question<'_>, own: &ShownStatus, group: &FoundGroup) -> Option<ShownStatus> {
    let members = match &group.shape {
        GroupShape::Merged => return None,
        GroupShape::Wrong(why) => return Some(said("failure", why)),
        GroupShape::Unsure(why) => return Some(said("pending", why)),
        GroupShape::Whole(members) => members,
    };
    if !members.iter().any(|member| member.head == question.found.head) {
        let why = format!("It does not bring the head of #{} as it is", question.id.number());
        return Some(said("failure", &why));
    }
    let is_own = |member: &&Member| member.head == question.found.head;
    let is_open = members.iter().all(|member| !member.pulls.is_empty());
    let brings_own = members
        .iter()
        .filter(is_own)
        .all(|member| member.pulls.contains(&question.id));
    if !is_open || !brings_own {
        return None;
    }
    let ids = members.iter().flat_map(|member| &member.pulls);
    let colours: Vec<_> = ids.map(|id| (id.number(), colour(question, own, *id))).collect();
    let not_green = colours.iter().find_map(|(number, colour)| {
        let status = colour.as_ref().filter(|status| !status.is_green())?;
        Some(format!("#{number} is not green: {}", status.description))
    });
    let unknown = colours.iter().find(|(_, colour)| colour.is_none());
    let unknown = unknown.map(|(number, _)| format!("#{number} is not judged with this head yet"));
    Some(match (not_green, unknown) {
        (Some(why), _) => said("failure", &why),
        (None, Some(why)) => said("pending", &why),
        (None, None) => said(
            "success",
            &format!("Every pull request in it is green: {}", numbers(members)),
        ),
    })
}

/// What a pull request of a group shows.
fn colour(question: &Question<'_>, own: &ShownStatus, id: PullRequestId) -> Option<ShownStatus> {
    if id == question.id {
        return Some(own.clone());
    }
    let of = |twin: &&Twin| twin.id == id;
    question.members.iter().find(of)?.shown.clone()
}

fn numbers(members: &[Member]) -> String {
    let ids = members.iter().rev().flat_map(|member| &member.pulls);
    let numbers: Vec<String> = ids.map(|id| format!("#{}", id.number())).collect();
    numbers.join(", ")
}

fn said(state: &str, why: &str) -> ShownStatus {
    ShownStatus {
        state: state.to_owned(),
        description: one_line(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::book::Book;
    use crate::gate::found::GateMode;
    use crate::gate::judge::{GateSettings, Rules};
    use crate::gate::landed::Comparison;
    use crate::gate::legacy_text::tests::found;

    #[test]
    fn a_group_loses_its_green_for_the_base_that_it_was_green_for() {
        let found = Found {
            base: "release".to_owned(),
            ..found()
        };
        let head: CommitSha = "c".repeat(40).parse().unwrap();
        let green = Ordered {
            head: head.clone(),
            context: "governance/main".to_owned(),
            base: "main".to_owned(),
            status: said("success", "Every pull request in it is green: #1"),
            at: found.observed_at,
            was_green: true,
        };
        let mut judged = Judged::silent(Book::default());
        judged.book.groups.insert(head.clone(), green);
        let settings = GateSettings {
            forge: "github.com".to_owned(),
            mode: GateMode::Enforce,
            dry_run_repositories: Vec::new(),
            public_url: None,
        };
        let question = Question {
            id: PullRequestId::new(7, 1).unwrap(),
            settings: &settings,
            rules: Rules::Unusable("none"),
            found: &found,
            book: Book::default(),
            signatures: &[],
            twins: &[],
            members: &[],
            landed: Comparison::Off,
            first_seen_at: found.observed_at,
        };
        end_groups(&question, &mut judged, |_| false);
        let [Order::GroupEnd(order)] = judged.orders.as_slice() else {
            panic!("{:?}", judged.orders);
        };
        assert_eq!(
            (&order.head, order.context()),
            (&head, "governance/main".to_owned())
        );
        assert_eq!(order.status.state, "pending");
    }
}

//! The gate: pull requests are looked at, judged by the rules, and what comes of it is shown.
//!
//! One datum's way: a webhook makes a pull request due (the gatherer); `run` claims it; `look` asks the `host` for everything at once,
//! `judge` turns it into a verdict, and one transaction keeps the decision, the signatures, what is to be shown and when to look again;
//! the `performer` shows it. Nothing here knows a rule.
//!
//! Beside it the `reception`, for people: how a pull request stands (`standing`), and signatures that are handed in (`hand_in`), which the
//! next look finds as comments. Facts are handed out from the book (`kept`), and merges are counted in it (`reports`).
//! Whoever wants to know later what was decided reads the body of a decision where it is written (`decision_body`).

mod attesting;
mod beside;
mod blind;
mod book;
mod came;
mod commanding;
mod decision_body;
mod duties;
mod emergency;
mod ending;
mod figures;
mod found;
mod hand_in;
mod help;
mod host;
mod judge;
mod kept;
mod landed;
mod landings;
mod legacy_text;
mod look;
mod mirror;
mod order;
mod past;
mod performer;
mod queue;
mod rebuilding;
mod recalled;
mod received;
mod recent;
mod reception;
mod recorded;
mod rejudging;
mod remembered;
mod reports;
mod rules;
mod run;
mod showing;
mod signing;
mod standing;
mod statements;
mod stored_rules;
mod tiers;
mod visibility;
mod visitors;
mod words;
mod written;

pub use beside::{Beside, FoundCompanion};
pub(crate) use decision_body::{DecisionBody, outcome};
pub(crate) use ending::Merge;
pub use figures::{Counts, GateFigures, GateReadings};
pub(crate) use found::fingerprint_of;
pub use found::{Asked, Found, FoundComment, FoundFile, FoundMerge, FoundPush, GateMode, Known, ShownStatus};
pub use hand_in::{HandedIn, NotTaken, Receipt};
pub use host::{Listed, PullRequestHost};
pub use judge::GateSettings;
pub use kept::{FACTS_PAGE, FactsPage, WithoutFacts};
pub use landed::{Landed, LandingAsked};
pub(crate) use landed::{LandedResult, owes_comparison};
pub use landings::LandedTrees;
pub use order::{
    AnswerOrder, ENDED, NoticeOrder, Order, ReportOrder, StatusOrder, answer_mark, context, context_is_ours,
};
pub use performer::PullRequestPerformer;
pub use queue::{FoundGroup, GroupShape, Member};
pub use rebuilding::{Rebuilt, RebuiltPullRequest};
pub use recalled::Merges;
pub(crate) use recalled::green_when_merged;
pub use reception::{NotShown, Reception, ReceptionParts, Visible};
pub use recorded::{Said, SaidRemedy, SaidRequirement, SaidRuling, SaidSource};
pub use reports::{DryRunReport, HeldBack, ReportedMerge, ReportedRepository};
pub use rules::AcceptedRules;
pub use run::Gate;
pub use signing::ToSign;
pub use standing::{Decided, SignatureStanding, Standing};
pub(crate) use stored_rules::{Acceptance, read_stored, read_texts, written};
pub use visitors::{MirrorOrder, VisitorsHost};

//! The gate: pull requests are looked at, judged by the rules, and what comes of it is shown.
//!
//! One datum's way: a webhook makes a pull request due (the gatherer); `run` claims it; `look` asks the `host` for everything at once,
//! `judge` turns it into a verdict, and one transaction keeps the decision, the signatures, what is to be shown and when to look again;
//! the `performer` shows it. Nothing here knows a rule.

mod attesting;
mod beside;
mod blind;
mod book;
mod emergency;
mod ending;
mod found;
mod host;
mod judge;
mod look;
mod order;
mod performer;
mod rules;
mod run;
mod showing;
mod words;

pub use beside::{Beside, FoundCompanion};
pub use found::{Asked, Found, FoundComment, FoundFile, FoundMerge, GateMode, ShownStatus};
pub use host::{Listed, PullRequestHost};
pub use judge::GateSettings;
pub use order::{
    AnswerOrder, ENDED, NoticeOrder, Order, ReportOrder, StatusOrder, answer_mark, context, context_is_ours,
};
pub use performer::PullRequestPerformer;
pub use rules::AcceptedRules;
pub use run::Gate;

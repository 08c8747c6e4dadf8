#![doc = include_str!("../README.md")]

mod aim;
mod builds;
mod campaign;
mod coverage;
mod draw;
mod faults;
mod faulty_store;
mod generate;
mod heard;
mod marks;
mod model_store;
mod notice;
mod oracle;
mod people;
mod plan;
mod ports;
mod process;
mod processes;
mod reach;
mod rights;
mod script;
mod shadow;
mod shelf;
mod shrink;
mod sqlite_file;
mod stage;
mod standstill;
mod verdict;
mod waiting;
mod wish;
mod world;

pub use campaign::{After, Campaign, Failed, Player, StoreKind, campaign};
pub use coverage::{Coverage, coverage};
pub use generate::COMPONENTS_MAX;
pub use marks::Mark;
pub use model_store::{BuildView, IntentView, ModelStore, ReleaseView, Rows, TimerView};
pub use oracle::Violation;
pub use reach::{Pair, Reachable, pair_of, reachable_pairs};
pub use script::{
    Aim, Fate, Fault, FaultKind, Hosting, NodeScript, Order, OrderKind, Outcome, PortFault, ReleaseScript,
    ReportFault, Script, StageTrouble, StoreFault, TurnFault,
};
pub use shrink::{SHRINK_RUNS_MAX, shrink};
pub use stage::Played;
pub use verdict::End;
pub use wish::{Detail, Found, Wish, fulfil};
pub use world::CrashPoint;

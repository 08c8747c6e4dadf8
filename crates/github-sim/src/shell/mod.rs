//! The shell around the model: it listens on loopback, keeps files, sends webhooks and lets the time pass.

mod app_key;
mod carry;
mod clock;
mod deliver;
mod disk;
mod files;
mod git_http;
mod owner;
mod pulls;
mod running;
mod serve;
mod setup;

pub use app_key::AppCredentials;
pub use clock::Clock;
pub use running::{Running, Setup, start, start_on};

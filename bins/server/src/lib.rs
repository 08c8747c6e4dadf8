#![doc = include_str!("../README.md")]

mod append_queue;
mod body;
mod configuration;
mod connection;
mod counters;
mod fresh;
mod gate;
mod parts;
mod problem;
mod program;
mod routes;
mod serve;
mod signature;
#[cfg(test)]
mod tests;
mod tokens;
mod webhook_secret;

pub use configuration::{ServerConfiguration, TokenApprovals};
pub use gate::{GateMaterials, GateProblem, PreparedGate, prepare_gate, serve_gate};
pub use parts::{Parts, Reading, Readings, Worker};
pub use program::{Surroundings, arguments_of_this_process, run, serve_file};
pub use serve::{ServerError, serve};
pub use signature::{Signature, signed_by};
pub use tokens::{
    Scope, TOKEN_DAYS_MAX, TOKEN_PREFIX, Token, TokenError, TokenName, TokenSource, draw, entry,
};
pub use webhook_secret::{
    NoRandomBytes, SECRET_BYTES_MIN, WeakSecret, WebhookSecret, WebhookSecrets, fresh_secret,
};

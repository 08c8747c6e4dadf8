//! The contract, and the same answers as SQLite to whatever may be asked.

mod agreement;
mod draw;
mod limits;
mod pair;
mod view;

use super::ModelStore;
use storage::contract::{CASES, PULL_REQUEST_CASES};

#[tokio::test]
async fn the_model_keeps_the_contract() {
    for case in CASES {
        if let Err(error) = (case.run)(&ModelStore::new()).await {
            panic!("{}: {error}", case.name);
        }
    }
}

#[tokio::test]
async fn the_model_keeps_the_contract_of_pull_requests() {
    for case in PULL_REQUEST_CASES {
        if let Err(error) = (case.run)(&ModelStore::new()).await {
            panic!("{}: {error}", case.name);
        }
    }
}

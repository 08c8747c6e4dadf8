//! How most stories begin, and what most pull requests show on their way.

use crate::house::{House, Plan};
use crate::wound::Instance;

/// What a pull request shows that nobody signed.
pub(crate) const UNSIGNED: &str =
    "pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME";

/// What it shows when it has its signatures, and its review goes on.
pub(crate) const SIGNED: &str = "pending: 14 days since the last push that changed it (TIME) end TIME";

/// What it shows when nothing is missing.
pub(crate) const GREEN: &str = "success: All rules hold: 2 signatures, 14 days of review";

/// A house with a server, and a pull request of one file that nobody signed.
pub(crate) async fn opened(plan: Plan) -> (House, Instance, u64) {
    let house = House::make(plan).await;
    let server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    (house, server, number)
}

/// The same, with a pull request that two maintainers signed.
pub(crate) async fn signed(plan: Plan) -> (House, Instance, u64) {
    let house = House::make(plan).await;
    let server = house.serve(1).await;
    let number = house.signed().await;
    (house, server, number)
}

/// The same, with one that is old enough as well.
pub(crate) async fn green(plan: Plan) -> (House, Instance, u64) {
    let (house, server, number) = signed(plan).await;
    house.days(14).await;
    assert_eq!(house.gate(number), GREEN);
    (house, server, number)
}

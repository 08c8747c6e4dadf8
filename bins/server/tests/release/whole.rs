//! From a pushed tag to a release that anybody can check.

use crate::house::{COMPONENTS, House, MAINTAINER, Plan};
use github_sim::Happened;
use std::collections::BTreeMap;

/// Requests to the API, by method and path without its numbers and names.
fn requests(house: &House) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for line in house.github.truth() {
        let Happened::Request {
            host: "api",
            method,
            path,
            ..
        } = line.what
        else {
            continue;
        };
        let path = path.split('?').next().unwrap_or_default();
        let plain: Vec<&str> = path
            .split('/')
            .map(|word| match word.bytes().all(|byte| byte.is_ascii_digit()) {
                true if !word.is_empty() => "N",
                _ => word,
            })
            .collect();
        *counted
            .entry(format!("{method} {}", plain.join("/")))
            .or_default() += 1;
    }
    counted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pushed_tag_becomes_a_published_release_within_its_budget_of_requests() {
    let house = House::make(Plan::default()).await;
    let _served = house.serve();
    house.push_tag_as(MAINTAINER);
    let truth = house.until_published().await;
    let assets = truth
        .iter()
        .filter(|line| matches!(line.what, Happened::AssetUploaded { .. }))
        .count();
    let runs = house.count(|what| matches!(what, Happened::RunCreated { .. }));
    assert_eq!(runs, COMPONENTS.len());
    let requests = requests(&house);
    let sum: usize = requests.values().sum();
    let allowed = 10 + 5 * COMPONENTS.len() + 2 * assets;
    assert!(sum <= allowed, "{sum} requests, {allowed} allowed: {requests:#?}");
}

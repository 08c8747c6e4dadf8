//! Servers that die, webhooks that are lost, and a GitHub that fails.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn losing_every_webhook_only_makes_it_late() {
    let faults = Faults {
        webhook_lost: 1.0,
        ..Faults::default()
    };
    let house = House::make(Plan {
        faults,
        ..Plan::default()
    })
    .await;
    let _server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.days(1).await;
    assert_eq!(house.gate(number), UNSIGNED);
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(13).await;
    house.days(1).await;
    assert_eq!(house.gate(number), GREEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_goes_on_where_it_was() {
    let (house, server, number) = signed(Plan::default()).await;
    server.die().await;
    house.leap(14);
    let _server = house.serve(2).await;
    house.settle().await;
    assert_eq!(house.gate(number), GREEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_elses_status_is_written_over() {
    let (house, _server, number) = opened(Plan::default()).await;
    house
        .github
        .status_by(
            NODE,
            &house.head(number),
            (&house.context("main"), "success"),
            AUTHOR,
        )
        .unwrap();
    house.days(1).await;
    assert_eq!(house.gate(number), UNSIGNED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_failing_in_every_way_only_makes_it_late() {
    for (seed, faults) in [
        Faults {
            server_error_before: 0.3,
            ..Faults::default()
        },
        Faults {
            server_error_after: 0.5,
            ..Faults::default()
        },
        Faults {
            timeout_after: 0.3,
            ..Faults::default()
        },
        Faults {
            reset_after: 0.5,
            ..Faults::default()
        },
        Faults {
            secondary_limit: 0.2,
            ..Faults::default()
        },
        Faults {
            webhook_repeated: 0.9,
            webhook_reordered: 0.5,
            ..Faults::default()
        },
    ]
    .into_iter()
    .enumerate()
    {
        let plan = Plan {
            faults,
            seed: seed as u64 + 1,
            ..Plan::default()
        };
        let house = House::make(plan).await;
        let _server = house.serve(1).await;
        let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
        house.days(1).await;
        house.github.set_faults(Faults::default());
        house.days(1).await;
        let written = house.written().await;
        assert!(
            house.gate(number).starts_with("pending: 0 of 2"),
            "{seed}: {}\n{written}",
            house.gate(number)
        );
        for login in ["atlas-ada", "atlas-ben"] {
            house.sign(number, login);
        }
        house.days(14).await;
        assert!(
            house.gate(number).starts_with("success"),
            "{seed}: {}",
            house.gate(number)
        );
        // Each signature was answered once, whatever was in doubt.
        assert_eq!(
            house.answers(number).len(),
            2,
            "{seed}: {:?}",
            house.answers(number)
        );
    }
}

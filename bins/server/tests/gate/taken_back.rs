//! What people take back, and what others make of their words: read in one look, for the server was away.

use crate::beginnings::opened;
use crate::house::{NAMESPACE, Plan};
use expect_test::expect;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_that_was_taken_back_before_anybody_read_it_is_given_by_nobody_else() {
    let (house, server, number) = opened(Plan::default()).await;
    server.die().await;
    let armour = house.maintainers["atlas-ada"].sign(&house.statement(number), NAMESPACE);
    house.say(number, &armour, "atlas-ada");
    house.say(number, "/governance-unsign", "atlas-ada");
    let _server = house.serve(2).await;
    house.settle().await;
    house.say(number, &armour, "stranger");
    house.sign(number, "atlas-ben");
    house.days(14).await;
    expect!["pending: 1 of 2 maintainers: signed by atlas-ben"].assert_eq(&house.gate(number));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_that_was_edited_commands_nothing_in_its_authors_name() {
    let (house, server, number) = opened(Plan::default()).await;
    house.say(number, "/governance-hold I look at it", "atlas-ada");
    house.settle().await;
    server.die().await;
    let comment = house.say(number, "Looks fine.", "atlas-ada");
    house.leap(1);
    house
        .github
        .edit_comment_by(comment, "/governance-hold off", "stranger")
        .unwrap();
    let _server = house.serve(2).await;
    house.settle().await;
    let shown = house.report(number);
    assert!(shown.contains("atlas-ada holds it"), "{shown}");
    let told = house.answers(number);
    let told = told
        .iter()
        .filter(|answer| answer.contains("was edited before it was read"));
    assert_eq!(told.count(), 1);
}

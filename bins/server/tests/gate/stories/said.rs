//! What people say to a pull request: signatures and commands in comments.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_to_a_comment_later_changes_no_signature() {
    let (house, _server, number) = opened(Plan::default()).await;
    let first = house.sign(number, "atlas-ada");
    let second = house.sign(number, "atlas-ben");
    house.settle().await;
    house
        .github
        .edit_comment_by(first, "/governance-unsign", "atlas-ada")
        .unwrap();
    house.github.delete_comment_by(second, "atlas-ben").unwrap();
    house.settle().await;
    assert_eq!(house.gate(number), SIGNED);
    // What is commanded anew is carried out.
    house.say(number, "/governance-unsign", "atlas-ada");
    house.settle().await;
    shows(
        &house,
        number,
        &expect![
            "pending: 1 of 2 maintainers: signed by atlas-ben; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_key_decides_who_signed() {
    let (house, _server, number) = opened(Plan::default()).await;
    let statement = house.statement(number);
    let ada = &house.maintainers["atlas-ada"];
    // Somebody brings it for her, and somebody else repeats it.
    let armour = ada.sign(&statement, crate::house::NAMESPACE);
    house.say(number, &armour, "stranger");
    house.say(number, &format!("/governance-sign\n{armour}"), "atlas-ben");
    // For another purpose, of other words, quoted.
    house.say(
        number,
        &format!("/governance-sign\n{}", ada.sign(&statement, "git")),
        "atlas-ada",
    );
    let other = statement.replace("pull-request: ", "pull-request: 1");
    house.say(
        number,
        &format!("/governance-sign\n{}", ada.sign(&other, crate::house::NAMESPACE)),
        "atlas-ada",
    );
    let gus = house.maintainers["atlas-gus"].sign(&statement, crate::house::NAMESPACE);
    let quoted: String = gus.lines().map(|line| format!("> {line}\n")).collect();
    house.say(number, &quoted, "atlas-gus");
    house.settle().await;
    shows(
        &house,
        number,
        &expect![
            "pending: 1 of 2 maintainers: signed by atlas-ada; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
}

/// What people command, one after the other.
const COMMANDS: &[(&str, &str)] = &[
    ("/governance-help", "stranger"),
    ("/governance-sign", "atlas-ada"),
    ("/governance-hold I am on a train", "atlas-ada"),
    ("/governance-hold me too", "stranger"),
    (
        "/governance-tier security_enhancement \"it is about keys\"",
        "atlas-ben",
    ),
    ("/governance-tier 9", "atlas-ben"),
    ("/governance-tier 1", "stranger"),
    ("/governance-sing", "atlas-ben"),
    ("/governance-hold off", "atlas-ada"),
    ("/governance-unsign", "stranger"),
    ("/governance-emergency", "atlas-ada"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_is_answered() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let number = house.open("feature", &[("docs/a.md", "a\n")]);
    house.settle().await;
    for (words, who) in COMMANDS {
        house.say(number, words, who);
        house.settle().await;
    }
    expect![[r#"
        Each on a line of its own:

        - `/governance-status`: where this stands, what is missing and who can give it
        - `/governance-sign`: counts the signature in the same comment, or behind the command on the line
        - `/governance-unsign`: your signatures here no longer count
        - `/governance-tier N "why"`: judges this as tier N as well; where tier N asks for less, shows what as many as hold now must sign
        - `/governance-attest NAME "EVIDENCE"`: says that what the rules call NAME was done for this head, with at least 20 characters or a link; a commit behind NAME says which head, and `off` takes it back
        - `/governance-hold WHY` and `/governance-hold off`: asks to wait, and lets it go
        - `/governance-emergency TIER "EVIDENCE"`: asks for an emergency, and alone says how it begins
        - `/governance-help`: this
        <!-- governance-app answers NUMBER -->
        ---
        There is no signature in this comment: paste what `ssh-keygen -Y sign` or `gpg --armor --detach-sign` wrote, or write it behind `/governance-sign` on one line.
        <!-- governance-app answers NUMBER -->
        ---
        atlas-ada holds this: `/governance-hold off` lets it go.
        <!-- governance-app answers NUMBER -->
        ---
        Only a maintainer of this layer may hold it; stranger is none by the rules.
        <!-- governance-app answers NUMBER -->
        ---
        This is judged as security_enhancement as well, on the word of atlas-ben.
        <!-- governance-app answers NUMBER -->
        ---
        There is no tier `9` in the rules.
        <!-- governance-app answers NUMBER -->
        ---
        Only a maintainer of this layer may raise a tier, or ask for a lower one; stranger is none by the rules.
        <!-- governance-app answers NUMBER -->
        ---
        `/governance-sing` is no command; it is written `/governance-help lists the commands`.
        <!-- governance-app answers NUMBER -->
        ---
        Your hold is gone.
        <!-- governance-app answers NUMBER -->
        ---
        Only a maintainer of this layer may take a signature back; stranger is none by the rules.
        <!-- governance-app answers NUMBER -->
        ---
        `/governance-emergency TIER "EVIDENCE"` asks for an emergency of this pull request, by a maintainer or a keyholder, with at least 100 characters of evidence. It begins when enough keyholders have signed the statement that the report shows then, ends by itself, and shortens nothing before.
        <!-- governance-app answers NUMBER -->"#]].assert_eq(&house.answers(number).join("\n---\n"));
    shows(
        &house,
        number,
        &expect![
            "pending: 0 of 3 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
}

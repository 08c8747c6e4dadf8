//! Signatures that are handed in at the server.

use super::*;

/// Where signatures of what is shown now are handed in.
async fn desk(house: &House, server: &Instance, number: u64) -> String {
    let shown = get(house, server, &api(number)).await.json();
    let address = shown["statement"]["address"].as_str().unwrap();
    address.strip_prefix(PUBLIC_URL).unwrap().to_owned()
}

/// Somebody's signature of what the report shows.
fn signature(house: &House, number: u64, login: &str) -> String {
    house.maintainers[login].sign(&house.statement(number), NAMESPACE)
}

fn comments(house: &House) -> usize {
    house.count(|what| matches!(what, Happened::CommentCreated { .. }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signatures_that_are_handed_in_count_and_outlive_the_server() {
    let (house, server, number) = open_house().await;
    let desk = desk(&house, &server, number).await;
    let before = comments(&house);
    for (method, login) in [("POST", "atlas-ada"), ("PUT", "atlas-ben")] {
        let given = signature(&house, number, login);
        let answer = ask(&house, &server, &format!("{method} {desk}"), ("", &given)).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        let receipt = answer.json();
        assert_eq!(
            (&receipt["outcome"], &receipt["signer"]),
            (&"kept".into(), &login.into())
        );
    }
    assert_eq!(house.gate(number), SIGNED);
    // Nobody is answered beside the comment that keeps it.
    assert_eq!(comments(&house), before + 2);
    let kept = house.answers(number).join("\n");
    assert!(kept.contains("Signed by atlas-ada for `COMMIT`."), "{kept}");
    let again = signature(&house, number, "atlas-ada");
    let again = ask(&house, &server, &format!("POST {desk}"), ("", &again)).await;
    assert_eq!(
        (again.status, again.json()["outcome"].clone()),
        (200, "already counted".into())
    );
    assert_eq!(comments(&house), before + 2);
    house.days(14).await;
    assert_eq!(house.gate(number), beginnings::GREEN);
    // The machine is lost, with everything that was written on it.
    server.die().await;
    std::fs::remove_dir_all(house.path("server")).unwrap();
    let server = house.serve(2).await;
    house.settle().await;
    let shown = get(&house, &server, &api(number)).await.json();
    assert_eq!(shown["outcome"], "success", "{shown}");
    assert_eq!(shown["signatures"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_signature_of_the_statement_is_refused_and_written_nowhere() {
    let (house, server, number) = open_house().await;
    let desk = desk(&house, &server, number).await;
    let statement = house.statement(number);
    let ada = &house.maintainers["atlas-ada"];
    let stranger = Maintainer::with_key("a-stranger", &house.path("keys"));
    let other = statement.replace("pull-request: ", "pull-request: 1");
    let good = ada.sign(&statement, NAMESPACE);
    let before = comments(&house);
    let unknown = format!("/s/{}", "0".repeat(64));
    let upper = desk.to_ascii_uppercase().replace("/S/", "/s/");
    let twice = format!("{good}{good}");
    let with_words = good.replacen("SIGNATURE-----\n", "SIGNATURE-----\n```\n@everyone\n", 1);
    let large = format!("{good}{}", " ".repeat(16 * 1024));
    for (path, body, status, said) in [
        (
            &desk,
            &stranger.sign(&statement, NAMESPACE),
            422,
            "by a key that is registered",
        ),
        (&desk, &ada.sign(&other, NAMESPACE), 422, "not of this statement"),
        (&desk, &ada.sign(&statement, "git"), 422, "not of this statement"),
        (&desk, &with_words, 422, "not of this statement"),
        (&desk, &String::new(), 400, "no signature"),
        (&desk, &"sign it!\nplease".to_owned(), 400, "no signature"),
        (&desk, &twice, 422, "not of this statement"),
        (&desk, &large, 413, "16384 bytes"),
        (&unknown, &good, 404, "no open pull request has this statement"),
        (&upper, &good, 404, "no open pull request has this statement"),
    ] {
        let answer = ask(&house, &server, &format!("POST {path}"), ("", body)).await;
        assert_eq!(answer.status, status, "{path} {body}: {answer:?}");
        let problem = answer.json();
        assert_eq!(problem["schema"], "governance/problem/v1");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    }
    assert_eq!(comments(&house), before);
    house.sign(number, "atlas-ada");
    house.settle().await;
    house.say(number, "/governance-unsign", "atlas-ada");
    house.settle().await;
    let answer = ask(&house, &server, &format!("POST {desk}"), ("", &good)).await;
    assert_eq!(answer.status, 409, "{answer:?}");
    // Another head has another address.
    let more = [("rpc/get.rs", "fn get() { more() }\n")];
    house
        .github
        .push_files_to(NODE, "feature", &more, crate::house::AUTHOR)
        .unwrap();
    house.settle().await;
    let ben = house.maintainers["atlas-ben"].sign(&statement, NAMESPACE);
    let answer = ask(&house, &server, &format!("POST {desk}"), ("", &ben)).await;
    assert_eq!(answer.status, 404, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_github_did_not_take_is_not_promised_and_is_never_kept_twice() {
    for faults in [
        Faults {
            server_error_before: 1.0,
            ..Faults::default()
        },
        Faults {
            server_error_after: 1.0,
            ..Faults::default()
        },
        Faults {
            reset_after: 1.0,
            ..Faults::default()
        },
    ] {
        let (house, server, number) = open_house().await;
        let desk = desk(&house, &server, number).await;
        let given = signature(&house, number, "atlas-ada");
        house.github.set_faults(faults.clone());
        let answer = ask(&house, &server, &format!("POST {desk}"), ("", &given)).await;
        assert_eq!(answer.status, 503, "{faults:?}: {answer:?}");
        assert!(answer.head.contains("retry-after"), "{answer:?}");
        house.github.set_faults(Faults::default());
        let answer = ask(&house, &server, &format!("POST {desk}"), ("", &given)).await;
        assert!([200, 202].contains(&answer.status), "{faults:?}: {answer:?}");
        house.settle().await;
        assert!(
            house
                .gate(number)
                .starts_with("pending: 1 of 2 maintainers: signed by atlas-ada"),
            "{faults:?}: {}",
            house.gate(number)
        );
        assert_eq!(house.answers(number).len(), 1, "{faults:?}");
    }
}

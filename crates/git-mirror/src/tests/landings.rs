//! Heads that came in, each in another way.

use super::forge::Forge;
use expect_test::{Expect, expect};

/// One way for a head to come in, and what is told of it.
async fn check(land: impl FnOnce(&Forge), expected: Expect) {
    let forge = Forge::make();
    land(&forge);
    expected.assert_eq(&forge.told().await);
}

fn merge(forge: &Forge) {
    forge.git("merge --quiet --no-ff --no-commit feature");
}

/// Each commit of the head again, on top of the base.
fn rebase(forge: &Forge) {
    forge.git("switch --quiet --detach feature");
    forge.git("rebase --quiet main");
}

/// The base becomes what is checked out.
fn land(forge: &Forge) {
    forge.git("branch --force main HEAD");
}

#[tokio::test]
async fn what_is_merged_as_a_forge_merges_is_the_same() {
    let merged = |forge: &Forge| {
        merge(forge);
        forge.commit("merge", &[]);
    };
    check(merged, expect!["the same, merged"]).await;
    let squashed = |forge: &Forge| {
        forge.git("merge --quiet --squash feature");
        forge.commit("squashed", &[]);
    };
    check(squashed, expect!["the same, squashed"]).await;
    let rebased = |forge: &Forge| {
        rebase(forge);
        land(forge);
    };
    check(rebased, expect!["the same, rebased as 2 commits"]).await;
    let forwarded = |forge: &Forge| {
        forge.git("branch --force feature main");
    };
    check(forwarded, expect!["the same, fast-forwarded"]).await;
}

#[tokio::test]
async fn the_members_of_a_queue_are_each_compared_with_what_lies_before() {
    let forge = Forge::make();
    forge.git("branch another main");
    merge(&forge);
    forge.commit("merge", &[]);
    let first = forge.landing();
    forge.git("switch --quiet another");
    forge.commit("another", &[("another.rs", "")]);
    forge.git("switch --quiet main");
    forge.git("merge --quiet --no-ff --no-edit another");
    let of = |name: &str| forge.git(&format!("rev-parse {name}")).parse().unwrap();
    let second = crate::Landing {
        commit: of("main"),
        head: of("another"),
        formers: Vec::new(),
    };
    for landing in [first, second] {
        let compared = forge.compare_this(&landing).await.unwrap();
        assert_eq!(compared, crate::Compared::Same(crate::Way::Merged));
    }
    assert_eq!(forge.mirrors.at_work(), 0);
}

#[tokio::test]
async fn what_is_put_into_a_merge_is_named() {
    let added = |forge: &Forge| {
        merge(forge);
        forge.commit("merge", &[("deep/door.rs", "fn door() {}\n")]);
    };
    check(
        added,
        expect!["it was merged onto ..., and merging the two gives other files in `deep/door.rs`"],
    )
    .await;
    let left_out = |forge: &Forge| {
        merge(forge);
        forge.git("rm --quiet --force get.rs");
        forge.commit("merge", &[]);
    };
    check(
        left_out,
        expect!["it was merged onto ..., and merging the two gives other files in `get.rs`"],
    )
    .await;
    let executable = |forge: &Forge| {
        merge(forge);
        forge.git("update-index --chmod=+x get.rs");
        forge.git("commit --quiet --message=merge");
    };
    check(
        executable,
        expect!["it was merged onto ..., and merging the two gives other files in `get.rs`"],
    )
    .await;
    // As good as a revert of what the base had.
    let ours = |forge: &Forge| {
        forge.git("merge --quiet --no-ff --strategy=ours --no-edit feature");
    };
    check(
        ours,
        expect![
            "it was merged onto ..., and merging the two gives other files in `both.rs`, `get.rs`, `set.rs`"
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_smuggled_into_a_squash_or_a_rebase_is_named() {
    let squashed = |forge: &Forge| {
        forge.git("merge --quiet --squash feature");
        forge.commit("squashed", &[("door.rs", "")]);
    };
    check(
        squashed,
        expect!["it was squashed onto ..., and merging the two gives other files in `door.rs`"],
    )
    .await;
    // Into the first of the commits: the last alone brings nothing that is not the head's.
    let rebased = |forge: &Forge| {
        forge.git("switch --quiet --detach main");
        forge.git("cherry-pick --no-commit feature~1");
        forge.write(&[("door.rs", "")]);
        forge.git("commit --quiet --reuse-message=feature~1");
        forge.git("cherry-pick feature");
        land(forge);
    };
    check(
        rebased,
        expect!["it was rebased as 2 commits onto ..., and merging the two gives other files in `door.rs`"],
    )
    .await;
}

#[tokio::test]
async fn a_conflict_that_was_resolved_by_hand_is_told() {
    let resolved = |forge: &Forge| {
        forge.commit("mine", &[("get.rs", "fn get() { mine() }\n")]);
        let merged = forge.try_git(&["merge", "--quiet", "--no-ff", "feature"]);
        assert!(!merged.status.success());
        forge.commit("merge", &[("get.rs", "fn get() { both() }\n")]);
    };
    check(
        resolved,
        expect!["it was merged onto ..., with which the head has conflicts: somebody resolved them by hand in `get.rs`"],
    )
    .await;
}

#[tokio::test]
async fn another_head_and_other_parents_are_told() {
    let other = |forge: &Forge| {
        forge.git("switch --quiet --create=evil feature");
        forge.commit("evil", &[("door.rs", "")]);
        forge.git("switch --quiet main");
        forge.git("merge --quiet --no-ff --no-edit evil");
    };
    check(other, expect!["it merges ..., which is not that head"]).await;
    let many = |forge: &Forge| {
        forge.git("branch more main~1");
        forge.git("switch --quiet more");
        forge.commit("more", &[("more.rs", "")]);
        forge.git("switch --quiet main");
        forge.git("merge --quiet --no-ff --no-edit feature more");
    };
    check(many, expect!["it is a commit with 3 parents"]).await;
    // What came with it before is hidden behind a second merge of the same head.
    let hidden = |forge: &Forge| {
        merge(forge);
        forge.commit("evil", &[("door.rs", "")]);
        let tree = forge.git("rev-parse HEAD^{tree}");
        let words = format!("commit-tree {} -p main -p feature -m again", tree.trim());
        let again = forge.git(&words);
        forge.git(&format!("reset --quiet --hard {}", again.trim()));
    };
    check(
        hidden,
        expect!["... before it has that head already, and how it came there is not told"],
    )
    .await;
    // The head came in by itself, and something on top of it.
    let more = |forge: &Forge| {
        forge.git("switch --quiet feature");
        forge.git("merge --quiet --no-edit main");
        forge.git("switch --quiet --detach feature");
        forge.commit("more", &[("door.rs", "")]);
        land(forge);
    };
    check(
        more,
        expect!["it was squashed onto ..., and merging the two gives other files in `door.rs`"],
    )
    .await;
}

#[tokio::test]
async fn what_the_branch_lost_by_it_is_told_however_the_head_came_in() {
    let forge = Forge::make();
    forge.git("branch before main");
    // Pushed upon what was there when the head was begun.
    forge.git("switch --quiet --detach feature");
    land(&forge);
    let rows = [
        (vec![], "the same, fast-forwarded"),
        (vec!["feature~2", "feature"], "the same, fast-forwarded"),
        (
            vec!["feature~2", "before"],
            "the branch lost a commit by it, the newest ..., which is not behind it: look whether that was to go, and if not, bring it back by a pull request",
        ),
    ];
    for (formers, expected) in rows {
        assert_eq!(forge.told_after(&formers).await, expected, "{formers:?}");
    }
    // An honest merge, but of something older than the branch was.
    forge.git("switch --quiet --detach before~1");
    merge(&forge);
    forge.commit("merge", &[]);
    land(&forge);
    forge.git("switch --quiet before");
    forge.commit("later", &[("later.rs", "")]);
    let rows = [
        ("main~1", "the same, merged"),
        (
            "before",
            "the branch lost 2 commits by it, the newest ..., which is not behind it: look whether that was to go, and if not, bring it back by a pull request",
        ),
    ];
    for (former, expected) in rows {
        assert_eq!(forge.told_after(&[former]).await, expected, "{former}");
    }
}

#[tokio::test]
async fn what_a_repository_says_of_merging_has_no_say() {
    // Obeyed, this would make a conflict of what the two ends of a file are. Whoever merged here did not obey it.
    let driven = |forge: &Forge| {
        forge.commit("attributes", &[(".gitattributes", "both.rs merge=binary\n")]);
        std::fs::write(forge.place().join(".git/info/attributes"), "both.rs merge=text\n").unwrap();
        forge.git("merge --quiet --squash feature");
        forge.commit("squashed", &[]);
    };
    check(driven, expect!["the same, squashed"]).await;
}

#[tokio::test]
async fn the_same_mirror_serves_again_and_is_made_anew_when_it_is_too_large() {
    let mut forge = Forge::make();
    merge(&forge);
    forge.commit("merge", &[]);
    for _ in 0..2 {
        assert_eq!(forge.told().await, "the same, merged");
    }
    let of_mirror = |forge: &Forge| {
        std::fs::read_dir(forge.mirror().join("objects/pack"))
            .unwrap()
            .count()
    };
    let before = of_mirror(&forge);
    assert!(before > 0);
    forge.limit(crate::Limits {
        mirror_bytes_max: 0,
        ..crate::Limits::default()
    });
    assert_eq!(forge.told().await, "the same, merged");
    assert!(of_mirror(&forge) <= before);
}

/// What lies in a folder.
fn names_in(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn nothing_that_a_comparison_makes_stays_in_the_mirror() {
    let forge = Forge::make();
    merge(&forge);
    forge.commit("merge", &[("door.rs", "")]);
    let differs = "it was merged onto ..., and merging the two gives other files in `door.rs`";
    assert_eq!(forge.told().await, differs);
    let (mirror, objects) = (names_in(&forge.mirror()), forge.mirror().join("objects"));
    assert!(!mirror.contains(&"aside".to_owned()), "{mirror:?}");
    // Neither the tree of the merge, nor the files that both sides changed.
    assert_eq!(names_in(&objects), ["pack"]);
    let packs = names_in(&objects.join("pack"));
    // Somebody was ended in the middle.
    let left = forge.mirror().join("aside/aa");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("b".repeat(38)), "no object").unwrap();
    assert_eq!(forge.told().await, differs);
    assert_eq!(
        (names_in(&forge.mirror()), names_in(&objects.join("pack"))),
        (mirror, packs)
    );
}

#[tokio::test]
async fn whoever_lets_git_in_is_asked_when_the_place_is_there() {
    let forge = Forge::make();
    merge(&forge);
    forge.commit("merge", &[]);
    let landing = forge.landing();
    forge.mirrors.version().await.unwrap();
    let (asked, goes_on) = (std::cell::Cell::new(0), tokio::sync::Notify::new());
    let compare = |name: &'static str, waits: bool| {
        let (forge, landing, asked, goes_on) = (&forge, &landing, &asked, &goes_on);
        async move {
            let remote = async {
                asked.set(asked.get() + 1);
                if waits {
                    goes_on.notified().await;
                }
                Ok::<_, crate::Error>(forge.remote())
            };
            forge.mirrors.compare(name, landing, remote).await
        }
    };
    let watches = async {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        // The same repository one after the other, and two at a time of all.
        assert_eq!((asked.get(), forge.mirrors.at_work()), (2, 0));
        goes_on.notify_waiters();
    };
    let (first, again, second, third, ()) = tokio::join!(
        compare("1", true),
        compare("1", false),
        compare("2", true),
        compare("3", false),
        watches
    );
    for compared in [first, again, second, third] {
        assert_eq!(compared.unwrap(), crate::Compared::Same(crate::Way::Merged));
    }
    assert_eq!(asked.get(), 4);
}

//! A signature is good for one statement, one purpose and one scheme: everything crossed with everything else.

use super::hand::{Hand, KINDS, Kind, text_of};
use super::samples::{CHANGES, all, approval, at, changed};
use crate::{LegacyStatement, PublicKey, SignatureText, Statement, VerifyError, verify, verify_legacy};

/// Every approval that differs in some of the ten fields.
fn approvals() -> Vec<Statement> {
    let all = 1 << CHANGES.len();
    (0..all).map(|bits| Statement::Approval(changed(bits))).collect()
}

#[test]
fn a_signature_of_one_pull_request_is_good_for_no_other() {
    let approvals = approvals();
    for kind in KINDS {
        let hand = Hand::new(kind, 1);
        let (key, signature) = (hand.key(), hand.sign(&approvals[0]));
        let accepted: Vec<usize> = (0..approvals.len())
            .filter(|index| verify(&approvals[*index], &signature, &key, at()).is_ok())
            .collect();
        assert_eq!(accepted, [0], "{kind:?}");
    }
}

#[test]
fn no_signature_of_another_pull_request_is_good_for_this_one() {
    let approvals = approvals();
    for kind in KINDS {
        let hand = Hand::new(kind, 1);
        let key = hand.key();
        let slow = matches!(
            kind,
            Kind::SshP256 | Kind::HardwareP256 | Kind::PgpEd25519 | Kind::PgpP256
        );
        // Of the slow ones all that differ in one field, and some that differ in several.
        let is_tried = |bits: &usize| !slow || bits.is_power_of_two() || bits.is_multiple_of(31);
        for bits in (1..approvals.len()).filter(is_tried) {
            let other = &approvals[bits];
            let signature = hand.sign(other);
            assert!(
                verify(&approvals[0], &signature, &key, at()).is_err(),
                "{kind:?}\n{other}"
            );
            assert!(verify(other, &signature, &key, at()).is_ok(), "{kind:?}\n{other}");
        }
    }
}

#[test]
fn a_signature_of_one_type_and_action_is_good_for_no_other() {
    let statements = all();
    for kind in KINDS {
        let hand = Hand::new(kind, 2);
        for (made, one) in statements.iter().enumerate() {
            let signature = hand.sign(one);
            for (asked, other) in statements.iter().enumerate() {
                let accepted = verify(other, &signature, &hand.key(), at()).is_ok();
                assert_eq!(accepted, made == asked, "{kind:?}\n{one}{other}");
            }
        }
    }
}

#[test]
fn an_ssh_signature_for_another_purpose_counts_for_nothing() {
    let statements = all();
    let mut namespaces: Vec<String> = statements
        .iter()
        .map(|statement| statement.namespace().to_owned())
        .collect();
    let others = [
        "git",
        "file",
        "",
        "pr-approval@governance-app.v2",
        "PR-APPROVAL@governance-app.v1",
    ];
    namespaces.extend(others.map(str::to_owned));
    for kind in [
        Kind::SshEd25519,
        Kind::SshP256,
        Kind::HardwareEd25519,
        Kind::HardwareP256,
    ] {
        let hand = Hand::new(kind, 3);
        for statement in &statements {
            for namespace in &namespaces {
                let frame = hand.sign_bytes(&statement.to_bytes(), namespace);
                let result = verify(statement, &text_of(hand.scheme(), &frame), &hand.key(), at());
                match namespace == statement.namespace() {
                    true => assert!(result.is_ok()),
                    false => assert_eq!(
                        result,
                        Err(VerifyError::Namespace {
                            found: namespace.clone(),
                            expected: statement.namespace()
                        })
                    ),
                }
            }
        }
    }
}

#[test]
fn one_secret_in_two_schemes_makes_signatures_of_each_that_are_none_of_the_other() {
    let statement = &all()[0];
    let hands = KINDS.map(|kind| Hand::new(kind, 4));
    for (made, one) in hands.iter().enumerate() {
        let value = one.sign_bytes(&statement.to_bytes(), statement.namespace());
        for (asked, other) in hands.iter().enumerate() {
            let texts = [one.sign(statement), text_of(other.scheme(), &value)];
            for text in texts {
                let result = verify(statement, &text, &other.key(), at());
                // Compact and DER are two spellings of one scheme, and of one signature.
                let same = made == asked || one.key_text() == other.key_text();
                assert_eq!(result.is_ok(), same, "{made} {asked} {result:?}");
            }
        }
    }
}

#[test]
fn what_is_signed_without_its_tag_or_its_frame_counts_for_nothing() {
    let statement = &all()[0];
    let plain = Hand::new(Kind::Ed25519, 5);
    let framed = Hand::new(Kind::SshEd25519, 5);
    // The frame that SSH signs, signed bare; and the bare signature, put into a frame.
    let bare = plain.sign_bytes(&statement.to_bytes(), "");
    let mut frame = framed.sign_bytes(&statement.to_bytes(), statement.namespace());
    let end = frame.len();
    frame[end - 64..].copy_from_slice(&bare);
    let result = verify(statement, &text_of(framed.scheme(), &frame), &framed.key(), at());
    assert_eq!(result, Err(VerifyError::Mismatch));
    let inner = framed.sign_bytes(&statement.to_bytes(), statement.namespace());
    let result = verify(
        statement,
        &text_of(plain.scheme(), &inner[end - 64..]),
        &plain.key(),
        at(),
    );
    assert_eq!(result, Err(VerifyError::Mismatch));
}

#[test]
fn a_hardware_key_that_nobody_touched_signs_nothing() {
    let statement = &all()[0];
    for kind in [Kind::HardwareEd25519, Kind::HardwareP256] {
        let hand = Hand::new(kind, 6);
        let result = verify(statement, &hand.untouched(statement), &hand.key(), at());
        assert_eq!(result, Err(VerifyError::NotPresent));
    }
}

#[test]
fn another_key_is_told_from_another_statement() {
    let statement = &all()[0];
    for kind in KINDS {
        let (one, other) = (Hand::new(kind, 7), Hand::new(kind, 8));
        let error = verify(statement, &one.sign(statement), &other.key(), at()).unwrap_err();
        let names_its_key = !matches!(kind, Kind::Ed25519 | Kind::Bip340 | Kind::Compact | Kind::Der);
        let expected = if names_its_key {
            VerifyError::OtherKey
        } else {
            VerifyError::Mismatch
        };
        assert_eq!(error, expected, "{kind:?}");
    }
}

#[test]
fn the_text_of_before_is_another_proof_and_is_taken_for_an_approval_only_where_somebody_says_so() {
    let approval = approval();
    let legacy = LegacyStatement {
        repository: approval.repository.clone(),
        pull_request: approval.pull_request,
    };
    assert_eq!(legacy.to_bytes(), b"PR #42 in atlas/engine");
    let statement = Statement::Approval(approval.clone());
    for kind in [Kind::Compact, Kind::Der] {
        let hand = Hand::new(kind, 9);
        let signature = text_of(hand.scheme(), &hand.sign_bytes(&legacy.to_bytes(), ""));
        assert_eq!(
            verify(&statement, &signature, &hand.key(), at()),
            Err(VerifyError::Mismatch)
        );
        let proof = verify_legacy(&legacy, &signature, &hand.key()).unwrap();
        assert_eq!(proof.key(), &hand.key().identity());
        let taken = proof.clone().taken_for(&approval).unwrap();
        assert_eq!(
            (taken.statement(), taken.key(), taken.is_of_legacy_text()),
            (statement.digest(), proof.key(), true)
        );
        let mut other = approval.clone();
        other.pull_request += 1;
        assert_eq!(proof.taken_for(&other), None);
        let of_statement = hand.sign(&statement);
        let bound = verify(&statement, &of_statement, &hand.key(), at()).unwrap();
        assert!(!bound.is_of_legacy_text());
        assert!(verify_legacy(&legacy, &of_statement, &hand.key()).is_err());
    }
    let refusal =
        |key: &PublicKey, text: &SignatureText| verify_legacy(&legacy, text, key).unwrap_err().to_string();
    let hand = Hand::new(Kind::Bip340, 9);
    let signature = text_of(hand.scheme(), &hand.sign_bytes(&legacy.to_bytes(), ""));
    assert_eq!(
        refusal(&hand.key(), &signature),
        "the algorithm bip340 is not accepted"
    );
}

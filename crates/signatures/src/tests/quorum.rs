//! Persons are counted, once each, whatever they sign with and however often.

use super::hand::{Hand, Kind};
use super::samples::{approval, at};
use crate::{Ballot, KeyIdentity, Quorum, Registry, Statement, Verified, count, verify};
use domain_types::{Login, Sha256Digest, Threshold};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

const PEOPLE: [&str; 6] = ["ada", "ben", "cyd", "dee", "eli", "fay"];
/// How many signatures each statement of these tests tells its signers that there must be.
const TOLD: [u32; 4] = [1, 2, 3, 5];

/// The keys of a person: a fast one and another.
fn hands(person: usize) -> [Hand; 2] {
    let number = 100 + person as u64;
    [Hand::new(Kind::Ed25519, number), Hand::new(Kind::Bip340, number)]
}

fn statement(told: u32) -> Statement {
    let mut approval = approval();
    approval.required = format!("{told}-of-6").parse().unwrap();
    Statement::Approval(approval)
}

/// What every person signs with each key, statement by statement.
static SIGNED: LazyLock<Vec<Verified>> = LazyLock::new(|| {
    let mut signed = Vec::new();
    for person in 0..PEOPLE.len() {
        for hand in hands(person) {
            for told in TOLD {
                let statement = statement(told);
                signed.push(verify(&statement, &hand.sign(&statement), &hand.key(), at()).unwrap());
            }
        }
    }
    signed
});

/// A signature of a person, by a key, of a statement.
fn vote(person: usize, hand: usize, told: usize) -> Verified {
    SIGNED[(person * 2 + hand) * TOLD.len() + told].clone()
}

fn login(person: usize) -> Login {
    PEOPLE[person].parse().unwrap()
}

fn key(person: usize, hand: usize) -> KeyIdentity {
    hands(person)[hand].key().identity()
}

fn registry() -> Registry {
    let mut registry = Registry::new();
    for person in 0..PEOPLE.len() {
        registry.add(login(person), [key(person, 0), key(person, 1)]);
    }
    registry
}

fn ballot(required: u32, excluded: &[usize]) -> Ballot {
    let statements: BTreeMap<Sha256Digest, u32> = TOLD.map(|told| (statement(told).digest(), told)).into();
    Ballot {
        statements,
        threshold: Threshold { required, total: 6 },
        excluded: excluded.iter().map(|person| login(*person)).collect(),
    }
}

/// A count in a line.
fn told(quorum: &Quorum) -> String {
    let names = |people: &BTreeSet<Login>| people.iter().map(Login::as_str).collect::<Vec<_>>().join(" ");
    format!(
        "{} of {}-of-{}, {} missing, {}",
        names(quorum.counted()),
        quorum.required(),
        quorum.total(),
        quorum.missing(),
        names(quorum.could_still())
    )
}

#[test]
fn a_person_counts_once() {
    let votes = [vote(0, 0, 0), vote(0, 1, 0), vote(0, 0, 0), vote(0, 0, 1)];
    let quorum = count(&registry(), &ballot(2, &[]), &votes);
    assert_eq!(told(&quorum), "ada of 2-of-6, 1 missing, ben cyd dee eli fay");
    assert!(!quorum.is_reached() && quorum.is_reachable());
}

#[test]
fn enough_persons_reach_it() {
    let votes = [vote(0, 0, 1), vote(4, 1, 0)];
    let quorum = count(&registry(), &ballot(2, &[]), &votes);
    assert_eq!(told(&quorum), "ada eli of 2-of-6, 0 missing, ben cyd dee fay");
    assert!(quorum.is_reached());
}

#[test]
fn who_may_not_count_does_not_and_could_not() {
    let votes = [vote(0, 0, 0), vote(1, 0, 0)];
    let quorum = count(&registry(), &ballot(2, &[0, 5]), &votes);
    assert_eq!(told(&quorum), "ben of 2-of-6, 1 missing, cyd dee eli");
}

#[test]
fn a_key_of_two_persons_counts_for_neither() {
    let mut shared = registry();
    shared.add(login(1), [key(0, 0)]);
    let quorum = count(&shared, &ballot(1, &[]), &[vote(0, 0, 0)]);
    assert_eq!(told(&quorum), " of 1-of-6, 1 missing, ada ben cyd dee eli fay");
    assert_eq!(shared.owner(&key(0, 0)), None);
    // Each has another key, which is theirs alone.
    let quorum = count(&shared, &ballot(1, &[]), &[vote(0, 1, 0)]);
    assert_eq!(quorum.counted(), &BTreeSet::from([login(0)]));
}

#[test]
fn somebody_whose_keys_are_all_shared_could_not_sign() {
    let mut registry = Registry::new();
    registry.add(login(0), [key(0, 0)]);
    registry.add(login(1), [key(0, 0)]);
    registry.add(login(2), []);
    let quorum = count(&registry, &ballot(1, &[]), &[vote(0, 0, 0)]);
    assert_eq!(told(&quorum), " of 1-of-6, 1 missing, ");
    assert!(!quorum.is_reachable());
}

#[test]
fn a_barred_key_counts_for_nobody() {
    let mut barred = registry();
    barred.bar(key(0, 0));
    let quorum = count(&barred, &ballot(1, &[]), &[vote(0, 0, 0)]);
    assert!(quorum.counted().is_empty());
}

#[test]
fn a_key_that_nobody_registered_counts_for_nobody() {
    let mut registry = Registry::new();
    registry.add(login(1), [key(1, 0)]);
    let quorum = count(&registry, &ballot(1, &[]), &[vote(0, 0, 0)]);
    assert_eq!(told(&quorum), " of 1-of-6, 1 missing, ben");
}

#[test]
fn a_signature_of_another_statement_counts_for_nothing() {
    let mut ballot = ballot(1, &[]);
    ballot.statements.remove(&statement(1).digest());
    let quorum = count(&registry(), &ballot, &[vote(0, 0, 0)]);
    assert!(quorum.counted().is_empty());
}

#[test]
fn who_was_told_more_counts_once_that_many_have_signed() {
    // Two are enough now; three agreed to three or more.
    let two = [vote(0, 0, 0), vote(1, 0, 2)];
    assert_eq!(
        told(&count(&registry(), &ballot(2, &[]), &two)),
        "ada of 2-of-6, 1 missing, ben cyd dee eli fay"
    );
    let three = [vote(0, 0, 0), vote(1, 0, 2), vote(2, 0, 2)];
    assert_eq!(
        told(&count(&registry(), &ballot(2, &[]), &three)),
        "ada ben cyd of 3-of-6, 0 missing, dee eli fay"
    );
    // Five were told five: none of the four counts, until a fifth signs.
    let four: Vec<Verified> = (0..4).map(|person| vote(person, 0, 3)).collect();
    assert_eq!(count(&registry(), &ballot(2, &[]), &four).missing(), 1);
    let five: Vec<Verified> = (0..5).map(|person| vote(person, 0, 3)).collect();
    assert!(count(&registry(), &ballot(2, &[]), &five).is_reached());
}

#[test]
fn what_holds_now_is_never_less_than_what_was_told() {
    let votes: Vec<Verified> = (0..3).map(|person| vote(person, 0, 0)).collect();
    let quorum = count(&registry(), &ballot(4, &[]), &votes);
    assert_eq!(told(&quorum), "ada ben cyd of 4-of-6, 1 missing, dee eli fay");
}

#[test]
fn a_subkey_of_one_that_is_anothers_key_counts_for_nobody() {
    use super::pgp::{CREATED, Certificate, Key, Saying, Secret, packet};
    let secret = |number: u8| ed25519_dalek::SigningKey::from_bytes(&[number; 32]);
    let certificate = Certificate::plain(Secret::Ed25519(secret(21)));
    let subkey = Key {
        secret: Secret::Ed25519(secret(22)),
        created: CREATED,
    };
    let binding = Saying::new(0x18, CREATED)
        .with(27, [2])
        .beside(32, certificate.back(&subkey));
    let certificate = certificate.subkey(&subkey, &binding);
    let statement = statement(1);
    let body = subkey.sign(&Saying::new(0, CREATED + 1), &[&statement.to_bytes()]);
    let text = super::hand::text_of(crate::Scheme::OpenPgp, &packet(2, &body));
    let ada = crate::PublicKey::parse(crate::Scheme::OpenPgp, &certificate.armoured()).unwrap();
    let verified = verify(&statement, &text, &ada, at()).unwrap();
    let bare = crate::encoding::hex(secret(22).verifying_key().as_bytes());
    let bens = crate::PublicKey::parse(crate::Scheme::Ed25519, &bare).unwrap();
    let mut registry = Registry::new();
    registry.add(login(0), ada.identities());
    assert!(count(&registry, &ballot(1, &[]), std::slice::from_ref(&verified)).is_reached());
    registry.add(login(1), bens.identities());
    assert!(!count(&registry, &ballot(1, &[]), std::slice::from_ref(&verified)).is_reached());
}

/// The same, naively: is there a number, not below the threshold, to which that many persons agreed?
fn naive(votes: &[(usize, usize, usize)], required: u32, excluded: &[usize]) -> bool {
    (required..=6).any(|level| {
        let agree = |person: &usize| {
            let own = |(voter, _, told): &&(usize, usize, usize)| voter == person && TOLD[*told] <= level;
            !excluded.contains(person) && votes.iter().any(|vote| own(&vote))
        };
        (0..PEOPLE.len()).filter(agree).count() >= level as usize
    })
}

fn drawn() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    proptest::collection::vec((0..PEOPLE.len(), 0..2_usize, 0..TOLD.len()), 0..14)
}

fn of(votes: &[(usize, usize, usize)]) -> Vec<Verified> {
    votes
        .iter()
        .map(|(person, hand, told)| vote(*person, *hand, *told))
        .collect()
}

proptest! {
    #[test]
    fn order_and_repetition_change_nothing(votes in drawn(), seed in any::<prop::sample::Index>(), required in 0_u32..7) {
        let (registry, ballot) = (registry(), ballot(required, &[]));
        let whole = count(&registry, &ballot, &of(&votes));
        let mut turned = votes.clone();
        turned.reverse();
        if !turned.is_empty() {
            let middle = seed.index(turned.len());
            turned.rotate_left(middle);
            turned.push(turned[middle]);
        }
        prop_assert_eq!(count(&registry, &ballot, &of(&turned)), whole);
    }

    #[test]
    fn a_signature_more_never_makes_less(votes in drawn(), more in (0..PEOPLE.len(), 0..2_usize, 0..TOLD.len()), required in 0_u32..7) {
        let (registry, ballot) = (registry(), ballot(required, &[]));
        let before = count(&registry, &ballot, &of(&votes));
        let mut votes = votes;
        votes.push(more);
        let after = count(&registry, &ballot, &of(&votes));
        prop_assert!(after.missing() <= before.missing());
        prop_assert!(!before.is_reached() || after.is_reached());
    }

    #[test]
    fn somebody_excluded_or_a_higher_threshold_never_makes_more(votes in drawn(), person in 0..PEOPLE.len(), required in 0_u32..6) {
        let registry = registry();
        let before = count(&registry, &ballot(required, &[]), &of(&votes));
        let less = count(&registry, &ballot(required, &[person]), &of(&votes));
        let higher = count(&registry, &ballot(required + 1, &[]), &of(&votes));
        prop_assert!(before.is_reached() || !less.is_reached());
        prop_assert!(before.is_reached() || !higher.is_reached());
    }

    #[test]
    fn a_naive_count_agrees(votes in drawn(), excluded in proptest::collection::vec(0..PEOPLE.len(), 0..3), required in 0_u32..7) {
        let quorum = count(&registry(), &ballot(required, &excluded), &of(&votes));
        prop_assert_eq!(quorum.is_reached(), naive(&votes, required, &excluded));
        prop_assert!(quorum.counted().is_disjoint(quorum.could_still()));
        prop_assert!(quorum.required() >= required);
        let open = quorum.counted().len() + quorum.could_still().len();
        let barred: BTreeSet<usize> = excluded.iter().copied().collect();
        prop_assert_eq!(open, PEOPLE.len() - barred.len());
    }
}

//! RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2.2), verifying only: the padded digest is made anew and compared, never parsed.

use num_bigint::BigUint;

/// Bits of a modulus: below 3072 it is too weak, and the largest that people have is 4096.
const MODULUS_BITS_MIN: u64 = 3072;
const MODULUS_BITS_MAX: u64 = 8192;
/// The public exponents that are taken: 65537 and the like. Small ones are fragile, large ones take long.
const EXPONENT_MIN: u32 = 65_537;

/// A modulus and an exponent that can verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RsaKey {
    modulus: BigUint,
    exponent: BigUint,
}

impl RsaKey {
    /// The key of these numbers, big-endian, if it is strong enough and within limits.
    pub(crate) fn read(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let modulus = BigUint::from_bytes_be(modulus);
        let exponent = BigUint::from_bytes_be(exponent);
        let is_odd = |number: &BigUint| number.bit(0);
        let in_range = (MODULUS_BITS_MIN..=MODULUS_BITS_MAX).contains(&modulus.bits());
        let usual = u32::try_from(&exponent).is_ok_and(|exponent| exponent >= EXPONENT_MIN);
        (in_range && usual && is_odd(&modulus) && is_odd(&exponent)).then_some(Self { modulus, exponent })
    }

    /// The modulus, big-endian and without zeros in front: what the secret belongs to.
    pub(crate) fn modulus(&self) -> Vec<u8> {
        self.modulus.to_bytes_be()
    }

    /// Whether a number is a signature of a digest, whose algorithm is told by the bytes that stand before it (RFC 8017, section 9.2).
    pub(crate) fn verifies(&self, algorithm: &[u8], digest: &[u8], signature: &[u8]) -> bool {
        let signature = BigUint::from_bytes_be(signature);
        if signature >= self.modulus {
            return false;
        }
        let length = usize::try_from(self.modulus.bits().div_ceil(8)).unwrap_or(usize::MAX);
        let Some(padding) = length.checked_sub(3 + algorithm.len() + digest.len()) else {
            return false;
        };
        let mut expected = vec![0, 1];
        expected.extend(std::iter::repeat_n(0xff, padding));
        expected.push(0);
        expected.extend(algorithm);
        expected.extend(digest);
        signature.modpow(&self.exponent, &self.modulus) == BigUint::from_bytes_be(&expected)
    }
}

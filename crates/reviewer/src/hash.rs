//! FNV-1a over fields: the one hash of features and of the dictionary. Not cryptographic; a collision costs accuracy,
//! never safety, since nothing is Safe by this key alone.

/// A hash that is being made of fields.
#[derive(Debug, Clone, Copy)]
pub struct Hash(u64);

impl Hash {
    /// The hash of a kind of thing.
    pub const fn of(kind: &str) -> Self {
        Self(0xcbf2_9ce4_8422_2325).and(kind)
    }

    /// With one field more.
    #[must_use]
    pub const fn and(self, field: &str) -> Self {
        const PRIME: u64 = 0x0100_0000_01b3;
        let mut hash = self.0;
        let bytes = field.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            hash = (hash ^ bytes[at] as u64).wrapping_mul(PRIME);
            at += 1;
        }
        // A byte that no UTF-8 text holds ends the field.
        Self((hash ^ 0xff).wrapping_mul(PRIME))
    }

    /// All 64 bits.
    pub const fn key(self) -> u64 {
        self.0
    }

    /// A bucket below 2^`bits`, made of both ends of the hash.
    pub const fn bucket(self, bits: u32) -> u32 {
        let folded = self.0 ^ (self.0 >> 29) ^ (self.0 >> 47);
        #[expect(clippy::cast_possible_truncation, reason = "masked to at most 32 bits")]
        {
            (folded & ((1 << bits) - 1)) as u32
        }
    }
}

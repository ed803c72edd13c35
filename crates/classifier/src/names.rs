//! Lists of many names as sorted hashes: small in the program and quick to ask. Used by the build script as well.

/// A hash of 64 bits of the words, each ended by a blank (FNV-1a).
///
/// Two names that are really in use share a hash with a chance of one in 10^12 for lists of this size; the lists are
/// fixed when the crate is built, which refuses two equal hashes.
pub(crate) fn hash(words: &[&str]) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([b' ']));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

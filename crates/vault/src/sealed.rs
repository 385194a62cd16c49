//! The file: a line that says which key is needed, and a line that only that key opens.
//!
//! ```text
//! mainstay-vault 1 3f2a91bc
//! <nonce and ciphertext as hexadecimal digits>
//! ```
//! ChaCha20-Poly1305 (RFC 8439) with a random nonce for each write; the first line is authenticated too. Inside is a JSON object.

use crate::error::VaultError;
use crate::hex;
use crate::key::{self, Key};
use model::Secret;
use ring::aead::{Aad, NONCE_LEN, Nonce};
use std::collections::BTreeMap;
use std::path::Path;

/// The newest format of the file that this version knows.
const FORMAT: u32 = 1;

/// A file as read, before it is opened.
pub(crate) struct Sealed {
    header: String,
    /// The key that it was encrypted with.
    pub(crate) key: String,
    bytes: Vec<u8>,
}

pub(crate) fn parse(file: &Path, text: &str) -> Result<Sealed, VaultError> {
    let damaged = |reason| VaultError::Damaged { file: file.to_owned(), reason };
    let (header, body) = text.split_once('\n').ok_or_else(|| damaged("its first line is cut"))?;
    let mut words =
        header.strip_prefix("mainstay-vault ").ok_or_else(|| damaged("it is no vault"))?.split(' ');
    let format =
        words.next().and_then(|word| word.parse().ok()).ok_or_else(|| damaged("it names no format"))?;
    if format > FORMAT {
        return Err(VaultError::Newer { file: file.to_owned(), found: format, known: FORMAT });
    }
    let key = words.next().ok_or_else(|| damaged("it names no key"))?.to_owned();
    let bytes = hex::decode(body.trim_end()).ok_or_else(|| damaged("its content is not hexadecimal"))?;
    Ok(Sealed { header: header.to_owned(), key, bytes })
}

impl Sealed {
    pub(crate) fn open(mut self, file: &Path, key: &Key) -> Result<BTreeMap<String, Secret>, VaultError> {
        let damaged = |reason| VaultError::Damaged { file: file.to_owned(), reason };
        let (nonce, content) =
            self.bytes.split_at_mut_checked(NONCE_LEN).ok_or_else(|| damaged("its content is cut"))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged("its content is cut"))?;
        let plain = key
            .cipher
            .open_in_place(nonce, Aad::from(self.header.as_bytes()), content)
            .map_err(|_| damaged("its content was changed or cut"))?;
        let values: BTreeMap<String, String> =
            serde_json::from_slice(plain).map_err(|_| damaged("its content is no list of secrets"))?;
        Ok(values.into_iter().map(|(name, value)| (name, Secret::new(value))).collect())
    }
}

pub(crate) fn seal(key: &Key, values: &BTreeMap<String, Secret>) -> Result<String, VaultError> {
    let bare: BTreeMap<&str, &str> =
        values.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    let mut content = serde_json::to_vec(&bare).expect("a map of texts has a JSON form");
    let header = format!("mainstay-vault {FORMAT} {}", key.id);
    let nonce = key::random::<NONCE_LEN>()?;
    key.cipher
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header.as_bytes()),
            &mut content,
        )
        .map_err(|_| VaultError::Random)?;
    Ok(format!("{header}\n{}{}\n", hex::encode(&nonce), hex::encode(&content)))
}

//! Messages of Protocol Buffers (protobuf.dev, "Encoding"), as far as BuildKit's need it: a field's number and what it holds.

/// What a field holds.
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message. What is broken ends it.
pub(super) fn fields(mut bytes: &[u8]) -> Vec<(u64, Value<'_>)> {
    let mut found = Vec::new();
    while let Some(tag) = varint(&mut bytes) {
        let value = match tag & 7 {
            0 => varint(&mut bytes).map(Value::Number),
            1 => bytes.split_off(..8).map(Value::Bytes),
            2 => varint(&mut bytes)
                .and_then(|length| bytes.split_off(..usize::try_from(length).ok()?))
                .map(Value::Bytes),
            5 => bytes.split_off(..4).map(Value::Bytes),
            _ => None,
        };
        let Some(value) = value else { break };
        found.push((tag >> 3, value));
    }
    found
}

/// A message with one field.
pub(super) fn message(number: u64, value: &Value<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    match value {
        Value::Number(value) => {
            put(number << 3, &mut bytes);
            put(*value, &mut bytes);
        }
        Value::Bytes(value) => {
            put(number << 3 | 2, &mut bytes);
            put(value.len() as u64, &mut bytes);
            bytes.extend_from_slice(value);
        }
    }
    bytes
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn put(mut value: u64, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 127, 128, 20_000] {
            let text = vec![b'x'; length];
            let bytes = message(3, &Value::Bytes(&text));
            assert!(matches!(&fields(&bytes)[..], [(3, Value::Bytes(read))] if *read == text), "{length}");
        }
        // The example of the documentation: field 1 is 150.
        assert_eq!(message(1, &Value::Number(150)), [0x08, 0x96, 0x01]);
    }

    #[test]
    fn what_is_broken_ends_it() {
        assert!(fields(&[0x0a, 0x05, b'x']).is_empty());
        assert_eq!(fields(&[0x08, 0x01, 0x0a, 0xff]).len(), 1);
    }
}

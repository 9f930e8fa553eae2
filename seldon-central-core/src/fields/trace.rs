//! The fields of a type, asked of its own `Deserialize`: it names them to whoever feeds it.
//!
//! Reading objects into the types and listening for what they ignore would stop at the first value
//! of another type, such as `cpu: 1`, and would not say which names are near.

use std::fmt;

use serde::{
    de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor, value::BorrowedStrDeserializer},
    forward_to_deserialize_any,
};

/// What a type is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Traced {
    /// A scalar, a map or anything.
    Scalar,
    /// A struct, or a list of it.
    Struct {
        /// The type's name.
        name: &'static str,
        /// Its fields.
        fields: Vec<(&'static str, Traced)>,
    },
}

/// The fields of a type and of the types of its fields. The type must not contain itself.
pub(super) fn fields<T: de::DeserializeOwned>() -> Traced {
    let mut traced = Traced::Scalar;
    // What cannot be fed stays a scalar; the tests compare every field with the CRDs.
    let _ = T::deserialize(Tracer(&mut traced));
    traced
}

/// Every text that is fed; also the one text that is a time.
const TEXT: &str = "1970-01-01T00:00:00Z";

/// Feeds a type one of each thing that it asks for, and writes down what that was.
struct Tracer<'a>(&'a mut Traced);

impl<'de> Deserializer<'de> for Tracer<'_> {
    type Error = Stopped;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        visitor.visit_borrowed_str(TEXT)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        visitor.visit_bool(false)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        visitor.visit_i32(0)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        visitor.visit_i64(0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Stopped> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        visitor.visit_seq(One(Some(self)))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        visitor.visit_map(Each { names: [].iter(), next: None, seen: Vec::new() })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stopped> {
        let mut each = Each { names: fields.iter(), next: None, seen: Vec::new() };
        let value = visitor.visit_map(&mut each);
        *self.0 = Traced::Struct { name, fields: each.seen };
        value
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct enum identifier ignored_any
    }
}

/// A list of one item.
struct One<'a>(Option<Tracer<'a>>);

impl<'de> SeqAccess<'de> for One<'_> {
    type Error = Stopped;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Stopped> {
        self.0.take().map(|tracer| seed.deserialize(tracer)).transpose()
    }
}

/// Each field of a struct.
struct Each {
    names: std::slice::Iter<'static, &'static str>,
    next: Option<&'static str>,
    seen: Vec<(&'static str, Traced)>,
}

impl<'de> MapAccess<'de> for Each {
    type Error = Stopped;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stopped> {
        self.next = self.names.next().copied();
        self.next.map(|name| seed.deserialize(BorrowedStrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stopped> {
        let mut traced = Traced::Scalar;
        let value = seed.deserialize(Tracer(&mut traced));
        self.seen.extend(self.next.map(|name| (name, traced)));
        value
    }
}

/// A type did not take what it was fed.
#[derive(Debug)]
struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the type takes no such value")
    }
}

impl std::error::Error for Stopped {}

impl de::Error for Stopped {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[expect(dead_code, reason = "only its fields' names count")]
    #[derive(Deserialize)]
    struct Outer {
        #[serde(rename = "one")]
        first: Option<Vec<Inner>>,
        flag: bool,
        map: std::collections::BTreeMap<String, String>,
    }

    #[expect(dead_code, reason = "only its fields' names count")]
    #[derive(Deserialize)]
    struct Inner {
        text: String,
        number: i64,
    }

    #[test]
    fn the_fields_of_a_type_are_those_it_names() {
        let inner =
            Traced::Struct { name: "Inner", fields: vec![("text", Traced::Scalar), ("number", Traced::Scalar)] };
        let wanted = vec![("one", inner), ("flag", Traced::Scalar), ("map", Traced::Scalar)];
        assert_eq!(fields::<Outer>(), Traced::Struct { name: "Outer", fields: wanted });
    }
}

//! Kubernetes quantities (`100Ki`, `1.5G`, `2e9`), exactly.

use serde_json::Value;

/// The nanos in one.
const NANOS: u128 = 1_000_000_000;
/// The largest amount Kubernetes knows; anything above is cut down to it.
const MAX: u128 = i64::MAX as u128 * NANOS;
/// More digits than this are refused, so that no product below overflows.
const MAX_DIGITS: usize = 19;

/// An amount that is not negative. Finer than nanos it is rounded up, as Kubernetes does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(u128);

/// A text that is no quantity, or one that makes no sense for memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// There is no number in front.
    #[error("it does not begin with a number")]
    NoNumber,
    /// It is below zero.
    #[error("it is negative")]
    Negative,
    /// It has more digits than any memory needs.
    #[error("it has more than {MAX_DIGITS} digits")]
    TooLong,
    /// The unit is none of Kubernetes'.
    #[error("its unit is none of Ki, Mi, Gi, Ti, Pi, Ei, n, u, m, k, M, G, T, P, E, or an exponent such as e9")]
    Unit,
}

impl Quantity {
    /// Reads a quantity as the API server does.
    ///
    /// # Errors
    /// [`QuantityError`] when it is none, is negative, or has more than 19 digits.
    ///
    /// ```
    /// use seldon_central_core::reason::quantity::Quantity;
    ///
    /// assert_eq!(Quantity::parse("1.5Gi").unwrap().whole(), Some(1_610_612_736));
    /// assert_eq!(Quantity::parse("100m").unwrap().whole(), None);
    /// ```
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        if let Some(rest) = text.strip_prefix('-') {
            return Self::parse(rest).and(Err(QuantityError::Negative));
        }
        let text = text.strip_prefix('+').unwrap_or(text);
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() == 0 || fraction.contains('.') {
            return Err(QuantityError::NoNumber);
        }
        let fraction = fraction.trim_end_matches('0');
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        if digits.len() > MAX_DIGITS || fraction.len() > MAX_DIGITS {
            return Err(QuantityError::TooLong);
        }
        let mantissa: u128 = if digits.is_empty() { 0 } else { digits.parse().map_err(|_| QuantityError::NoNumber)? };
        let (binary, decimal) = exponents(unit).ok_or(QuantityError::Unit)?;
        let places = i32::try_from(fraction.len()).map_err(|_| QuantityError::TooLong)?;
        // At most 19 digits and 2^60: 124 bits.
        Ok(Self(scale(mantissa << binary, decimal.saturating_add(9 - places))))
    }

    /// Reads a quantity out of JSON, where a plain number will do.
    ///
    /// # Errors
    /// As [`Quantity::parse`].
    pub fn from_value(value: &Value) -> Result<Self, QuantityError> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => Self::parse(&number.to_string()),
            _ => Err(QuantityError::NoNumber),
        }
    }

    /// The amount, when it is a whole number.
    pub fn whole(self) -> Option<u64> {
        if self.0.is_multiple_of(NANOS) { u64::try_from(self.0 / NANOS).ok() } else { None }
    }
}

/// The powers of two and of ten that a unit stands for.
fn exponents(unit: &str) -> Option<(u32, i32)> {
    let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    if let Some(index) = binary.iter().position(|known| *known == unit) {
        return Some((10 * (u32::try_from(index).ok()? + 1), 0));
    }
    let decimal = match unit {
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "" => 0,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        "T" => 12,
        "P" => 15,
        "E" => 18,
        _ => unit.strip_prefix(['e', 'E'])?.parse().ok()?,
    };
    Some((0, decimal))
}

/// `value * 10^exponent`, rounded up and cut down to [`MAX`].
fn scale(value: u128, exponent: i32) -> u128 {
    let power = 10_u128.checked_pow(exponent.unsigned_abs());
    let scaled = match (exponent < 0, power) {
        _ if value == 0 => 0,
        (false, Some(power)) => value.checked_mul(power).unwrap_or(MAX),
        (false, None) => MAX,
        (true, Some(power)) => value.div_ceil(power),
        (true, None) => 1,
    };
    scaled.min(MAX)
}

/// A number of bytes for people: `512Mi`, `1.1Gi`, `999`.
#[expect(clippy::cast_precision_loss, reason = "one decimal place is shown")]
pub fn readable(bytes: u64) -> String {
    let units = [("Ei", 60), ("Pi", 50), ("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)];
    match units.into_iter().find(|(_, shift)| bytes >> shift > 0) {
        None => bytes.to_string(),
        Some((unit, shift)) => {
            let amount = format!("{:.1}", bytes as f64 / (1_u64 << shift) as f64);
            format!("{}{unit}", amount.strip_suffix(".0").unwrap_or(&amount))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn quantities_are_read_as_the_api_server_reads_them() {
        for (text, whole) in [
            ("0", Some(0)),
            ("0.0", Some(0)),
            ("100", Some(100)),
            ("+100", Some(100)),
            ("100Ki", Some(102_400)),
            ("1Gi", Some(1 << 30)),
            ("1.5Gi", Some(1_610_612_736)),
            (".5Ki", Some(512)),
            ("5.Ki", Some(5_120)),
            ("1k", Some(1_000)),
            ("1.5G", Some(1_500_000_000)),
            ("1E", Some(1_000_000_000_000_000_000)),
            ("1Ei", Some(1 << 60)),
            ("1e3", Some(1_000)),
            ("1E3", Some(1_000)),
            ("1e+3", Some(1_000)),
            ("1000e-3", Some(1)),
            ("1000m", Some(1)),
            ("100m", None),
            ("0.5", None),
            ("1n", None),
            ("0.1n", None),
            ("1e-400", None),
            ("9E", Some(9_000_000_000_000_000_000)),
            ("10E", Some(i64::MAX.unsigned_abs())),
            ("9999999999999999999Ei", Some(i64::MAX.unsigned_abs())),
            ("1e400", Some(i64::MAX.unsigned_abs())),
            ("0e400", Some(0)),
        ] {
            assert_eq!(Quantity::parse(text).map(Quantity::whole), Ok(whole), "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused_with_the_reason() {
        for (text, error) in [
            ("", QuantityError::NoNumber),
            (".", QuantityError::NoNumber),
            ("1.2.3", QuantityError::NoNumber),
            ("Gi", QuantityError::NoNumber),
            ("-1Gi", QuantityError::Negative),
            ("1GB", QuantityError::Unit),
            ("1 Gi", QuantityError::Unit),
            ("1K", QuantityError::Unit),
            ("1e", QuantityError::Unit),
            ("12345678901234567890", QuantityError::TooLong),
        ] {
            assert_eq!(Quantity::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn json_numbers_are_quantities_too() {
        assert_eq!(Quantity::from_value(&json!(2048)).unwrap().whole(), Some(2048));
        assert_eq!(Quantity::from_value(&json!("2Ki")), Quantity::from_value(&json!(2048)));
        assert!(Quantity::from_value(&json!(null)).is_err());
    }

    #[test]
    fn bytes_are_shown_for_people() {
        let shown = [999, 1 << 20, 1_181_116_006, u64::MAX].map(readable);
        assert_eq!(shown, ["999", "1Mi", "1.1Gi", "16Ei"]);
    }

    proptest! {
        #[test]
        fn any_text_gives_an_answer(text in ".{0,40}") {
            let _ = Quantity::parse(&text);
        }

        #[test]
        fn a_unit_multiplies(number in 0_u64..8_000_000_000) {
            for (unit, factor) in [("", 1), ("k", 1_000), ("Ki", 1 << 10), ("M", 1_000_000), ("Mi", 1 << 20), ("Gi", 1 << 30)] {
                prop_assert_eq!(Quantity::parse(&format!("{number}{unit}")).unwrap().whole(), Some(number * factor));
            }
        }

        #[test]
        fn thousandths_round_up_and_keep_the_order(a in 0_u64..1_000_000, b in 0_u64..1_000_000) {
            let milli = |n: u64| Quantity::parse(&format!("{n}m")).unwrap();
            prop_assert_eq!(a.cmp(&b), milli(a).cmp(&milli(b)));
            prop_assert_eq!(milli(a), Quantity::parse(&format!("{}.{:03}", a / 1000, a % 1000)).unwrap());
        }
    }
}

//! Closed lists of words: each has a name, kept in the database, and a label, shown to people. (INTRO-02)

/// Declares closed lists of words.
///
/// ```
/// beffroi_kernel::words! {
///     /// How a door stands.
///     Door {
///         /// One may pass.
///         Open = "open", "ouverte";
///         /// Nobody passes.
///         Shut = "shut", "fermée";
///     }
/// }
/// assert_eq!(Door::of("shut"), Some(Door::Shut));
/// assert_eq!((Door::ALL.len(), Door::Open.slug(), Door::Open.label()), (2, "open", "ouverte"));
/// assert_eq!(Door::of("ajar"), None);
/// ```
#[macro_export]
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident {
        $($(#[$doc:meta])* $variant:ident = $slug:literal, $label:literal;)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// Every word of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name kept in the database.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$variant => $slug,)* }
            }

            /// The French words shown to people.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// The word of that name.
            #[must_use]
            pub fn of(slug: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.slug() == slug)
            }
        }
    )*};
}

/// Words shown alone, such as a label, within a sentence: their first capital goes, an acronym's stay.
///
/// ```
/// use beffroi_kernel::in_sentence;
/// assert_eq!(in_sentence("Coordonnateur TIC"), "coordonnateur TIC");
/// assert_eq!(in_sentence("À signer"), "à signer");
/// assert_eq!(in_sentence("RSSI de l’académie"), "RSSI de l’académie");
/// ```
#[must_use]
pub fn in_sentence(label: &str) -> String {
    let mut letters = label.chars();
    let Some(first) = letters.next() else { return String::new() };
    if letters.clone().next().is_some_and(char::is_uppercase) {
        return label.to_owned();
    }
    first.to_lowercase().chain(letters).collect()
}

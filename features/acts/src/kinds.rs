//! The rule of each kind of act: who signs, who may receive it, how many, what opens its review. (T3)

//! What is answered to whoever asks what can be commanded.

/// How an emergency begins.
pub(super) const EMERGENCY: &str = "`/governance-emergency TIER \"EVIDENCE\"` asks for an emergency of this pull request, by a maintainer or a keyholder, with \
                         at least 100 characters of evidence. It begins when enough keyholders have signed the statement that the report shows \
                         then, ends by itself, and shortens nothing before.";

/// All commands.
pub(super) const HELP: &str = "Each on a line of its own:\n\n\
    - `/governance-status`: where this stands, what is missing and who can give it\n\
    - `/governance-sign`: counts the signature in the same comment, or behind the command on the line\n\
    - `/governance-unsign`: your signatures here no longer count\n\
    - `/governance-tier N \"why\"`: judges this as tier N as well; where tier N asks for less, shows what as many as hold now must sign\n\
    - `/governance-attest NAME \"EVIDENCE\"`: says that what the rules call NAME was done for this head, with at least 20 characters or a link; a \
    commit behind NAME says which head, and `off` takes it back\n\
    - `/governance-hold WHY` and `/governance-hold off`: asks to wait, and lets it go\n\
    - `/governance-emergency TIER \"EVIDENCE\"`: asks for an emergency, and alone says how it begins\n\
    - `/governance-help`: this";

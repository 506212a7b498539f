-- The key set: keys that access tokens are signed with under RS256, ES256 and EdDSA.

create table signing_keys (
    -- RFC 7638 thumbprint of the public key; `kid` in tokens and in the published set.
    kid text collate "C" primary key,
    algorithm text not null,
    created_at timestamptz not null,
    activates_at timestamptz not null,
    retires_at timestamptz not null,
    public_jwk text not null,
    -- Sealed with a key that is derived from MASTER_KEY, which is not in the database.
    sealed_private_key bytea not null
);

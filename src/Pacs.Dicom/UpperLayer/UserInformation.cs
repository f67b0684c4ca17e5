namespace Pacs.Dicom.UpperLayer;

/// <summary>The user data of an A-ASSOCIATE-RQ or -AC: PS3.8 Annex D, PS3.7 Annex D.3.3.</summary>
public sealed record UserInformation
{
    /// <summary>Longest P-DATA-TF variable field that the sender of this takes, in bytes; 0 for no limit, null when not said (PS3.8 §D.1).</summary>
    public uint? MaxPduLength { get; init; }

    public string? ImplementationClassUid { get; init; }
    public string? ImplementationVersionName { get; init; }
    public AsyncOperationsWindow? AsyncOperationsWindow { get; init; }
    public IReadOnlyList<RoleSelection> RoleSelections { get; init; } = [];
    public IReadOnlyList<SopClassExtendedNegotiation> ExtendedNegotiations { get; init; } = [];
    public IReadOnlyList<SopClassCommonExtendedNegotiation> CommonExtendedNegotiations { get; init; } = [];

    /// <summary>In a request only.</summary>
    public UserIdentity? UserIdentity { get; init; }

    /// <summary>In an acceptance only, when a positive response was requested (PS3.7 §D.3.3.7.2). Empty for types 1 and 2.</summary>
    public ReadOnlyMemory<byte>? UserIdentityResponse { get; init; }
}

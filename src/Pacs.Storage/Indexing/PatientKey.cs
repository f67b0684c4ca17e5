namespace Pacs.Storage.Indexing;

/// <summary>What makes a patient: ID and issuer; or without an ID the study.</summary>
internal readonly record struct PatientKey(string Id, string Issuer, string UnknownStudyUid) : IComparable<PatientKey>
{
    public bool IsUnknown => Id.Length == 0;

    /// <summary>The other is a different patient, as far as it tells: no ID, or the same one without an issuer, contradicts nothing.</summary>
    public bool IsContradictedBy(PatientKey claimed) =>
        !IsUnknown && !claimed.IsUnknown && (claimed.Id != Id || (claimed.Issuer.Length > 0 && claimed.Issuer != Issuer));

    public int CompareTo(PatientKey other)
    {
        var order = string.CompareOrdinal(Id, other.Id);
        if (order == 0) order = string.CompareOrdinal(Issuer, other.Issuer);
        return order != 0 ? order : string.CompareOrdinal(UnknownStudyUid, other.UnknownStudyUid);
    }
}

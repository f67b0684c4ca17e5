namespace Pacs.Dicom;

/// <summary>What this library calls itself in association negotiation (PS3.7 §D.3.3.2) and in file meta information (PS3.10 §7.1).</summary>
public static class ImplementationIdentity
{
    /// <summary>Implementation Class UID; derived from a UUID (PS3.5 §B.2), the same for all versions.</summary>
    public const string ClassUid = "2.25.250980197839753373169678245084499900441";

    /// <summary>Implementation Version Name; up to 16 characters.</summary>
    public const string VersionName = "PACS_0_1";
}

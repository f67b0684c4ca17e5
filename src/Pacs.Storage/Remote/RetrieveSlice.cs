namespace Pacs.Storage.Remote;

/// <summary>Objects of one series to be retrieved in one go.</summary>
/// <param name="Objects">At least one; all of one series.</param>
/// <param name="IsWholeSeries">They are all that the other archive has of it: the series can be asked for as such.</param>
public sealed record RetrieveSlice(IReadOnlyList<RemoteObject> Objects, bool IsWholeSeries)
{
    public string StudyInstanceUid => Objects[0].StudyInstanceUid;
    public string SeriesInstanceUid => Objects[0].SeriesInstanceUid;
    public string PatientId => Objects[0].PatientId;
}

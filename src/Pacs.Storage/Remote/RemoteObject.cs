namespace Pacs.Storage.Remote;

/// <summary>An object that another archive has.</summary>
/// <param name="StudyInstanceUid">Of its study.</param>
/// <param name="SeriesInstanceUid">Of its series.</param>
/// <param name="SopInstanceUid">Its own.</param>
/// <param name="SopClassUid">Empty when the archive does not tell.</param>
/// <param name="TransferSyntaxUid">In which it can be had. Empty when the archive does not tell.</param>
/// <param name="PatientId">Of its patient, which Patient Root wants with each request (PS3.4 §C.4.2.2.1). Empty when the archive does not tell.</param>
public sealed record RemoteObject(string StudyInstanceUid, string SeriesInstanceUid, string SopInstanceUid, string SopClassUid, string TransferSyntaxUid, string PatientId = "");

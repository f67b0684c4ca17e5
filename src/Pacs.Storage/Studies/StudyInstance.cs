namespace Pacs.Storage.Studies;

/// <summary>An object of a study.</summary>
/// <param name="SopClassUid">Its class.</param>
/// <param name="SopInstanceUid">The object.</param>
/// <param name="IsOnline">Its file is here, rather than at an archive behind this one alone.</param>
public sealed record StudyInstance(string SopClassUid, string SopInstanceUid, bool IsOnline);

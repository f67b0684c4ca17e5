namespace Pacs.Storage.Model;

public enum ConflictKind : short
{
    /// <summary>A study came in under two Patient IDs; it stays with the first.</summary>
    StudyOfAnotherPatient = 1,
    /// <summary>A series came in under two studies; it stays with the first.</summary>
    SeriesOfAnotherStudy = 2,
}

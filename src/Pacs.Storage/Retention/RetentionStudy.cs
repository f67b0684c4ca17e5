namespace Pacs.Storage.Retention;

/// <summary>A study whose time is over.</summary>
/// <param name="StudyInstanceUid">Which.</param>
/// <param name="Class">Its retention class.</param>
/// <param name="Rule">The routing rule that gave it.</param>
/// <param name="Objects">That would be deleted.</param>
/// <param name="Bytes">Of their files.</param>
public sealed record RetentionStudy(string StudyInstanceUid, string Class, string Rule, int Objects, long Bytes);

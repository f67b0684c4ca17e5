namespace Pacs.Bench.Objects;

/// <summary>One object to send. Valid until its source makes the next.</summary>
internal sealed record GeneratedObject(string SopClassUid, string SopInstanceUid, string StudyInstanceUid, string SeriesInstanceUid, RepeatingStream Dataset);

namespace Pacs.Storage.Jobs;

/// <summary>What a job is about, one of many: as a rule an object.</summary>
/// <param name="Uid">SOP Instance UID, or whatever else the kind of job names its things by.</param>
/// <param name="Bytes">For the progress; 0 when not known.</param>
public readonly record struct JobItem(string Uid, long Bytes = 0);

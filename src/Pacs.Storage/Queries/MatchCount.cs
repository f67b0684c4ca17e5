namespace Pacs.Storage.Queries;

/// <summary>How many matches there are.</summary>
/// <param name="Number">Matches that were counted.</param>
/// <param name="IsExact">False: there may be more, which were not counted.</param>
public readonly record struct MatchCount(int Number, bool IsExact);

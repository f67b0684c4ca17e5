namespace Pacs.Storage.Routing;

/// <summary>An object that waits in the outbox for its rule, and is still in the archive.</summary>
/// <param name="RuleId">The rule that took it.</param>
/// <param name="StudyInstanceUid">Its study.</param>
/// <param name="SopInstanceUid">Which.</param>
/// <param name="Bytes">Of its data set.</param>
/// <param name="From">AE title that had it before; empty when not known.</param>
/// <param name="Address">IP address that it came from; empty when not known.</param>
/// <param name="CameBack">This archive changed and sent it once.</param>
internal sealed record RoutedObject(long RuleId, string StudyInstanceUid, string SopInstanceUid, long Bytes, string From, string Address, bool CameBack);

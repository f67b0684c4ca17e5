using Pacs.Storage.Model;

namespace Pacs.Storage.Studies;

/// <summary>A study that has just been found complete.</summary>
/// <param name="StudyInstanceUid">Which.</param>
/// <param name="Reason">By what.</param>
/// <param name="Instances">Objects that it has now.</param>
public sealed record CompletedStudy(string StudyInstanceUid, CompletionReason Reason, int Instances);

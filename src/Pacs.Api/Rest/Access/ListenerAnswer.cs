using Pacs.Storage.Access;

namespace Pacs.Api.Rest.Access;

/// <summary>A listener, and how it fares.</summary>
/// <param name="Settings">As kept; what is left out is as the configuration has it.</param>
/// <param name="Nodes">On each node with the Dimse role.</param>
public sealed record ListenerAnswer(Listener Settings, IReadOnlyList<ListenerState> Nodes);

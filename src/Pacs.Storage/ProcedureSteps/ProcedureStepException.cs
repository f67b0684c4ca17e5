using Pacs.Dicom.Primitives;

namespace Pacs.Storage.ProcedureSteps;

/// <summary>A procedure step that is not created or set. The message names attributes, never values, and fits an Error Comment.</summary>
public sealed class ProcedureStepException(ProcedureStepFault fault, string message, params IReadOnlyList<Tag> attributes) : Exception(message)
{
    public ProcedureStepFault Fault { get; } = fault;

    /// <summary>Those at fault; of one within a sequence, the sequence.</summary>
    public IReadOnlyList<Tag> Attributes { get; } = attributes;
}

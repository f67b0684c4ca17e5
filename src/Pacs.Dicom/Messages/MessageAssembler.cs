using System.Buffers;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Messages;

/// <summary>
/// Puts messages together from presentation data values (PS3.7 §6.3.1): keeps the fragments of a command set, lets those
/// of a data set pass.
/// </summary>
/// <param name="maxCommandLength">Bytes of a command set. Default 64 KiB; real ones have some hundred.</param>
public sealed class MessageAssembler(int maxCommandLength = 64 * 1024)
{
    private readonly ArrayBufferWriter<byte> _fragments = new();

    /// <summary>The last complete command set.</summary>
    public CommandSet? Command { get; private set; }

    /// <summary>The presentation context of the message.</summary>
    public byte ContextId { get; private set; }

    /// <summary>The command said that a data set follows, and its end has not come.</summary>
    public bool IsDatasetOpen { get; private set; }

    /// <summary>A message has begun, and its end has not come.</summary>
    public bool IsWithinMessage => IsDatasetOpen || _fragments.WrittenCount > 0;

    /// <exception cref="DimseException">The fragment does not belong here.</exception>
    public MessagePart Take(in PresentationDataValue value)
    {
        if (value.IsCommand == IsDatasetOpen)
            throw new DimseException(IsDatasetOpen ? "A command comes before the data set has ended." : "A data set comes without a command.", AbortReason.UnexpectedPduParameter);
        if (IsWithinMessage && value.ContextId != ContextId)
            throw new DimseException("A message changes its presentation context.", AbortReason.InvalidPduParameterValue);
        ContextId = value.ContextId;
        return value.IsCommand ? TakeCommand(value) : TakeDataset(value);
    }

    private MessagePart TakeDataset(in PresentationDataValue value)
    {
        IsDatasetOpen = !value.IsLast;
        return value.IsLast ? MessagePart.DatasetEnd : MessagePart.Dataset;
    }

    private MessagePart TakeCommand(in PresentationDataValue value)
    {
        if (_fragments.WrittenCount + value.Data.Length > maxCommandLength)
            throw new DimseException($"A command set is longer than {maxCommandLength} bytes.");
        _fragments.Write(value.Data.Span);
        if (!value.IsLast) return MessagePart.Incomplete;

        Command = CommandSet.Read(_fragments.WrittenSpan);
        _fragments.ResetWrittenCount();
        IsDatasetOpen = Command.HasDataset;
        return MessagePart.Command;
    }
}

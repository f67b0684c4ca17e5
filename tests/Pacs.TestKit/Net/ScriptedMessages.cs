using System.Buffers;
using Pacs.Dicom.Messages;
using Pacs.Dicom.UpperLayer;

namespace Pacs.TestKit.Net;

/// <summary>Whole DIMSE messages of a scripted peer.</summary>
public static class ScriptedMessages
{
    /// <summary>A PDU with one fragment.</summary>
    public static byte[] Data(byte context, bool isCommand, bool isLast, params byte[] data) =>
        PduWriter.ToArray(new PDataTf(new PresentationDataValue(context, isCommand, isLast, data)));

    /// <summary>A PDU with a whole command set.</summary>
    public static byte[] Command(byte context, CommandSet command)
    {
        var output = new ArrayBufferWriter<byte>();
        command.Write(output);
        return Data(context, isCommand: true, isLast: true, output.WrittenSpan.ToArray());
    }

    /// <summary>Sends a message, with a data set unless there are no bytes for one.</summary>
    public static ScriptedPeer Send(this ScriptedPeer peer, byte context, CommandSet command, ushort messageId, params byte[] dataset)
    {
        if (command.Command != CommandField.CCancelRq) command.MessageId = messageId;
        command.HasDataset = dataset.Length > 0;
        peer.Send(Command(context, command));
        return dataset.Length > 0 ? peer.Send(Data(context, isCommand: false, isLast: true, dataset)) : peer;
    }

    /// <summary>The next message's command and data set; null when there is none.</summary>
    public static (CommandSet Command, byte[]? Dataset) ExpectMessage(this ScriptedPeer peer)
    {
        var value = peer.Expect<PDataTf>().Values.Single();
        if (!value.IsCommand || !value.IsLast) throw new InvalidOperationException("A command in one fragment was expected.");
        var command = CommandSet.Read(value.Data.Span);
        if (!command.HasDataset) return (command, null);
        var dataset = new List<byte>();
        do
        {
            value = peer.Expect<PDataTf>().Values.Single();
            if (value.IsCommand) throw new InvalidOperationException("A data set was expected, a command came.");
            dataset.AddRange(value.Data.Span);
        }
        while (!value.IsLast);
        return (command, dataset.ToArray());
    }
}

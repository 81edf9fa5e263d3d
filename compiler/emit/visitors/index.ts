/** One visitor a node type, by the node's name. */

import AppendStatement from './AppendStatement.js';
import ArrayLiteral from './ArrayLiteral.js';
import AugmentStatement from './AugmentStatement.js';
import AuthStatement from './AuthStatement.js';
import BailStatement from './BailStatement.js';
import BinaryExpression from './BinaryExpression.js';
import BlockExpression from './BlockExpression.js';
import BoxExpression from './BoxExpression.js';
import BoxStatement from './BoxStatement.js';
import CallStatement from './CallStatement.js';
import CheckpointStatement from './CheckpointStatement.js';
import CodeExpression from './CodeExpression.js';
import CommandExpression from './CommandExpression.js';
import ControlStatement from './ControlStatement.js';
import EffectExpression from './EffectExpression.js';
import EffectStatement from './EffectStatement.js';
import ExeStatement from './ExeStatement.js';
import ExportStatement from './ExportStatement.js';
import ExpressionStatement from './ExpressionStatement.js';
import FileExpression from './FileExpression.js';
import FileStatement from './FileStatement.js';
import FilesStatement from './FilesStatement.js';
import ForExpression from './ForExpression.js';
import ForeachExpression from './ForeachExpression.js';
import ForStatement from './ForStatement.js';
import GuardStatement from './GuardStatement.js';
import HookStatement from './HookStatement.js';
import IfStatement from './IfStatement.js';
import ImportStatement from './ImportStatement.js';
import KeywordCondition from './KeywordCondition.js';
import LetStatement from './LetStatement.js';
import Literal from './Literal.js';
import LogStatement from './LogStatement.js';
import LoopExpression from './LoopExpression.js';
import LoopStatement from './LoopStatement.js';
import McpExpression from './McpExpression.js';
import NeedsStatement from './NeedsStatement.js';
import NewExpression from './NewExpression.js';
import ObjectLiteral from './ObjectLiteral.js';
import OutputStatement from './OutputStatement.js';
import ParallelGroup from './ParallelGroup.js';
import Pipeline from './Pipeline.js';
import PolicyStatement from './PolicyStatement.js';
import ProfilesStatement from './ProfilesStatement.js';
import Reference from './Reference.js';
import RegexLiteral from './RegexLiteral.js';
import ReturnStatement from './ReturnStatement.js';
import RunExpression from './RunExpression.js';
import RunStatement from './RunStatement.js';
import ShadowEnvStatement from './ShadowEnvStatement.js';
import ShowStatement from './ShowStatement.js';
import SignStatement from './SignStatement.js';
import StreamExpression from './StreamExpression.js';
import StreamStatement from './StreamStatement.js';
import Template from './Template.js';
import TernaryExpression from './TernaryExpression.js';
import UnaryExpression from './UnaryExpression.js';
import VarStatement from './VarStatement.js';
import VerifyExpression from './VerifyExpression.js';
import VerifyStatement from './VerifyStatement.js';
import WantsStatement from './WantsStatement.js';
import WhenExpression from './WhenExpression.js';
import WhenStatement from './WhenStatement.js';
import Wildcard from './Wildcard.js';

export const visitors = {
  AppendStatement,
  ArrayLiteral,
  AugmentStatement,
  AuthStatement,
  BailStatement,
  BinaryExpression,
  BlockExpression,
  BoxExpression,
  BoxStatement,
  CallStatement,
  CheckpointStatement,
  CodeExpression,
  CommandExpression,
  ControlStatement,
  EffectExpression,
  EffectStatement,
  ExeStatement,
  ExportStatement,
  ExpressionStatement,
  FileExpression,
  FileStatement,
  FilesStatement,
  ForExpression,
  ForStatement,
  ForeachExpression,
  GuardStatement,
  HookStatement,
  IfStatement,
  ImportStatement,
  KeywordCondition,
  LetStatement,
  Literal,
  LogStatement,
  LoopExpression,
  LoopStatement,
  McpExpression,
  NeedsStatement,
  NewExpression,
  ObjectLiteral,
  OutputStatement,
  ParallelGroup,
  Pipeline,
  PolicyStatement,
  ProfilesStatement,
  Reference,
  RegexLiteral,
  ReturnStatement,
  RunExpression,
  RunStatement,
  ShadowEnvStatement,
  ShowStatement,
  SignStatement,
  StreamExpression,
  StreamStatement,
  Template,
  TernaryExpression,
  UnaryExpression,
  VarStatement,
  VerifyExpression,
  VerifyStatement,
  WantsStatement,
  WhenExpression,
  WhenStatement,
  Wildcard,
} as const;
